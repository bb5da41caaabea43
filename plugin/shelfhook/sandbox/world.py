"""All parts of one sandbox, put together once."""

import time

from shelfhook.sandbox import synthetic
from shelfhook.sandbox.catalogue import Catalogue
from shelfhook.sandbox.covers import Covers
from shelfhook.sandbox.dto import DtoMaker
from shelfhook.sandbox.events import EventHub
from shelfhook.sandbox.faults import Faults
from shelfhook.sandbox.history import History
from shelfhook.sandbox.ids import id_of
from shelfhook.sandbox.importing import Importer
from shelfhook.sandbox.journal import Journal
from shelfhook.sandbox.librarian import Librarian
from shelfhook.sandbox.lists import KINDS, Lists
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.records import JsonObject, Library
from shelfhook.sandbox.tasks import TaskQueue
from shelfhook.sandbox.users import Users
from shelfhook.sandbox.webhook import WebhookSender


class World:
    """The parts that the handlers work with. `start` and `stop` govern their threads."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.started = time.time()
        self.catalogue = Catalogue()
        self.dto = DtoMaker(send_nulls=options.send_nulls)
        self.users = Users(options.admin, options.reader)
        self.tasks = TaskQueue()
        self.hub = EventHub()
        self.webhook = WebhookSender(options.webhook)
        self.journal = Journal(options.journal_size, options.journal_file)
        self.faults = Faults()
        self.lists = {kind: Lists(kind, self.catalogue, self.hub) for kind in KINDS}
        self.covers = Covers(self.catalogue, self.hub)
        self.librarian = Librarian(
            self.catalogue,
            self.tasks,
            self.hub,
            self.webhook.scanned,
            lists=self.lists,
            covers=self.covers,
        )
        self.history = History()
        self.importer = Importer(
            self.catalogue,
            self.tasks,
            self.hub,
            self.librarian,
            lists=self.lists,
            history=self.history,
        )
        self._fill()

    def _fill(self) -> None:
        if self.options.books:
            synthetic.fill(self.catalogue, self.options.books, self.options.synthetic_libraries)
        for folder in self.options.folders:
            root = folder.resolve()
            library = Library(id_of("library", str(root)), root.name, root)
            self.catalogue.libraries[library.id] = library
            self.librarian.load(library)

    def start(self) -> None:
        """Start the threads of the parts."""
        self.tasks.start()
        self.webhook.start()

    def stop(self) -> None:
        """Let go who waits, then end the threads: streams, held requests, tasks, webhooks."""
        self.hub.close()
        self.faults.close()
        self.tasks.close()
        self.webhook.close()

    def close(self) -> None:
        """Close the journal, after the last request has ended."""
        self.journal.close()

    def status(self) -> JsonObject:
        """Tell what the sandbox holds and does."""
        with self.catalogue.lock:
            libraries = [
                {"id": library.id, "name": library.name, "root": str(library.root or "")}
                for library in self.catalogue.libraries.values()
            ]
            books, series = len(self.catalogue.books), len(self.catalogue.series)
        return {
            "libraries": libraries,
            "books": books,
            "series": series,
            "tasks": self.tasks.counts(),
            "taskFailures": list(self.tasks.failures),
            "authentications": self.users.counts(),
            "events": self.hub.published(),
            "webhooks": self.webhook.wait(0, 0),
        }

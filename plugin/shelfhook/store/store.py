"""The store as the other rooms hold it: one object, opened and closed by the composition root."""

from __future__ import annotations

from shelfhook.store import engine, lease, migrate, retention
from shelfhook.store.cursors import Cursors
from shelfhook.store.digests import Digests
from shelfhook.store.findings import Findings
from shelfhook.store.gauges import Gauges
from shelfhook.store.inbox import Inbox
from shelfhook.store.item_states import ItemStates
from shelfhook.store.job_log import JobLog
from shelfhook.store.jobs import Jobs
from shelfhook.store.lease import AdvisoryLease, FileLease, Lease
from shelfhook.store.ledger import Ledger
from shelfhook.store.news import News
from shelfhook.store.outgoing import Outgoing
from shelfhook.store.people import People
from shelfhook.store.rejections import Rejections
from shelfhook.store.samples import Samples
from shelfhook.store.schedules import Schedules
from shelfhook.store.sessions import Sessions
from shelfhook.store.status import Status
from shelfhook.store.switches import Switches
from shelfhook.store.tokens import Tokens
from shelfhook.store.writer import Writer


class Store:
    """Inbox, cursors, jobs, ledger, schedules and status over one database.

    May be used from any thread. Its only thread, the writer's, ends with `close`.

    Args:
        database: SQLAlchemy URL; a SQLite file is made where there is none.

    Raises:
        ConfigurationError: the URL is wrong, or the folder cannot be written.
        StoreUnavailable: the database cannot be reached.
    """

    def __init__(self, database: str) -> None:
        self.url = engine.parse(database)
        migrate.upgrade(self.url)
        self._write_engine = engine.writing(self.url)
        self._read_engine = engine.reading(self.url)
        self.writer = Writer(self._write_engine)
        self.inbox = Inbox(self.writer, self._read_engine)
        self.cursors = Cursors(self.writer, self._read_engine)
        self.jobs = Jobs(self.writer, self._read_engine)
        self.ledger = Ledger(self.writer, self._read_engine)
        self.findings = Findings(self._read_engine)
        self.states = ItemStates(self.writer, self._read_engine)
        self.schedules = Schedules(self.writer, self._read_engine)
        self.switches = Switches(self.writer, self._read_engine)
        self.status = Status(self.writer, self._read_engine)
        self.samples = Samples(self.writer, self._read_engine)
        self.job_log = JobLog(self.writer, self._read_engine)
        self.rejections = Rejections(self.writer, self._read_engine)
        self.gauges = Gauges(self._read_engine)
        self.people = People(self.writer, self._read_engine)
        self.tokens = Tokens(self.writer, self._read_engine)
        self.sessions = Sessions(self.writer, self._read_engine)
        self.news = News(self._read_engine)
        self.outgoing = Outgoing(self.writer, self._read_engine)
        self.digests = Digests(self._read_engine)

    def lease(self) -> Lease:
        """The right to be the engine; not yet taken."""
        folder = engine.folder_of(self.url)
        if folder is None:
            return AdvisoryLease(self._read_engine)
        return FileLease(folder / "engine.lock")

    def note_lease(self, now: float) -> None:
        """Write down that this process holds the lease."""
        self.writer.call(lease.note_all, now)

    def clean(self, before: float) -> int:
        """Delete what ended before a time (see `retention`); gives the number of jobs."""
        return retention.clean(self.writer, before)

    def close(self) -> None:
        """Commit what is queued and close every connection."""
        self.writer.close()
        self._write_engine.dispose()
        self._read_engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

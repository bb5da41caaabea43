"""Kavita as a host."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from shelfhook.errors import Gone, Permanent
from shelfhook.hosts.calls import Observe
from shelfhook.hosts.kavita import mapping, news, paging, routes, standing, writing
from shelfhook.hosts.kavita.common import VOCABULARY
from shelfhook.hosts.kavita.dialect import KavitaDialect
from shelfhook.hosts.kavita.documents import Dto, a_list, an_object
from shelfhook.hosts.kavita.fields import HIDDEN_LOCKS, OF_ENTITY
from shelfhook.hosts.kavita.hub import Hub
from shelfhook.hosts.kavita.kinds import words_of
from shelfhook.hosts.kavita.lists import KavitaLists
from shelfhook.hosts.kavita.scans import Scans
from shelfhook.hosts.kavita.spelling import Spelling
from shelfhook.hosts.kavita.stream import Homes, Names, tidings
from shelfhook.hosts.kavita.talk import Talk
from shelfhook.hosts.kavita.vocabulary import Vocabulary
from shelfhook.hosts.options import check_options
from shelfhook.model import Account, Fields, HostCheck, Item, Library, Page, Value
from shelfhook.ports import Clock, HostOptions, News, Tiding


def connect(
    options: HostOptions,
    clock: Clock,
    *,
    fraction: Callable[[], float] = random.random,
    observe: Observe | None = None,
) -> KavitaHost:
    """Make the adapter; calls nobody. Satisfies [`Connect`][shelfhook.ports.Connect].

    Args:
        options: how to reach the server.
        clock: tells the time and does the waiting.
        fraction: random numbers from 0 up to 1, for the jitter of retries.
        observe: told of every attempt: method, route, status (0: no answer), seconds.

    Raises:
        ConfigurationError: the URL or the login cannot be used.
    """
    check_options(options)
    dialect = KavitaDialect(options)
    talk = Talk(options, dialect, clock, fraction=fraction, observe=observe)
    return KavitaHost(options.name, talk, Hub(options, talk, clock), clock)


class KavitaHost(KavitaLists):
    """Satisfies [`Host`][shelfhook.ports.Host] and what it declares besides, with a Kavita server.

    Books are Kavita's chapters. No `covers`: Kavita keeps one cover for each thing, so that a new
    one overwrites what a person has uploaded, and undo could not bring that back.

    Args:
        name: the host's name in the settings.
        talk: what it talks through.
        hub: what it listens to.
        clock: tells the time.
    """

    kind = "kavita"
    vocabulary = VOCABULARY
    capabilities = frozenset(
        {
            *routes.COMMANDS,
            "write-book",
            "write-series",
            "read-lists",
            "download",
            "events",
            "news",
        }
    )

    def __init__(self, name: str, talk: Talk, hub: Hub, clock: Clock) -> None:
        self.name = name
        self._talk = talk
        self._hub = hub
        self._scans = Scans(clock)
        self._writer = writing.Writer(talk)
        self._spelling = Spelling()
        self._vocabulary = Vocabulary(talk, self._spelling, clock)
        self._listing = threading.Lock()
        self._hidden = HIDDEN_LOCKS  # replaced as a whole by whoever has read a chapter

    def __repr__(self) -> str:
        return f"<KavitaHost {self.name}>"

    def check(self) -> HostCheck:
        """Whether the server answers, and its version if we may know it. Never raises."""
        return standing.check(self._talk)

    def whoami(self) -> Account:
        """Who the server takes us for. Of our roles Kavita tells whether we are administrator.

        Raises:
            Refused: the key or password is wrong.
            Transient: it cannot be asked now.
        """
        return standing.whoami(self._talk)

    def libraries(self) -> Sequence[Library]:
        """All libraries that we may see."""
        return [mapping.library(one) for one in a_list(self._talk.ask(routes.libraries()))]

    def pages(self, library: str, *, size: int, fingerprints: bool = True) -> Iterator[Page]:
        """A library's chapters, `size` at a time, series by series."""
        return paging.pages(
            self._talk.ask, self._talk.paged, library, size, fingerprints=fingerprints
        )

    def series_marks(self, library: str) -> Iterator[tuple[str, str]]:
        """Id and fingerprint of every series of a library; a call for each."""
        for head in paging.series(self._talk.paged, library):
            try:
                found = self._series(head)
            except Gone:
                continue
            yield found.id, found.fingerprint

    def item(self, item_id: str) -> Item:
        """One chapter, read fresh.

        Raises:
            Gone: it is no longer there.
        """
        chapter = an_object(self._talk.ask(routes.chapter(item_id)))
        series = an_object(self._talk.ask(routes.series_of(item_id)))
        self._hidden = writing.locks_hidden(chapter)
        return self._learnt(mapping.item(chapter, series))

    def series(self, series_id: str) -> Item:
        """One series, read fresh.

        Raises:
            Gone: it is no longer there.
        """
        return self._series(an_object(self._talk.ask(routes.series(series_id))))

    def fingerprint(self, item: Item) -> str:
        """Digest of what really changes when a book or series changes, for its fields as given."""
        return mapping.fingerprint(item)

    def lock(self, entity: str, field: str) -> str:
        """Kavita's name of the lock, such as `genresLocked`; "" where it has or shows none.

        Kavita 0.8.3 does not show those of a chapter's title, date, ISBN and order. Such a lock
        is set whenever we write the chapter and there is a value to keep.
        """
        known = OF_ENTITY.get(entity, {}).get(field)
        if known is None or (entity == "book" and known.lock in self._hidden):
            return ""
        return known.lock

    def overloads(self) -> int:
        """How many attempts so far met a server that had too much to do."""
        return self._talk.overloads()

    def backlog(self, seconds: float) -> int | None:  # noqa: ARG002 - the port's; nothing to wait for
        """None: Kavita does not tell what waits in its queue."""
        return None

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        """The value as Kavita would store it; words as it spells them, as far as we have read."""
        known = OF_ENTITY.get(entity, {})
        if field not in known:
            return bool(value) if field in {one.lock for one in known.values()} else value
        kind = known[field].kind
        if kind.vocabulary:
            return words_of(self._spelling.spelt(kind.vocabulary, words_of(value)))
        return kind.normal(value)

    def write(self, entity: str, entity_id: str, fields: Fields) -> None:
        """Set fields and locks of a book or series; all others stay.

        Raises:
            Gone: the book or series is no longer there.
            Permanent: Kavita has no such field, or did not take a value.
            Transient: it may work later.
        """
        self._writer.write(entity, entity_id, fields)

    def command(self, entity: str, entity_id: str, command: str) -> None:
        """Have Kavita read files again (`refresh`: a scan, of a book's whole series), or count
        words and reading times anew (`analyze`). It answers at once.

        Raises:
            Gone: it is no longer there.
            Permanent: there is no such command.
        """
        routes.check_command(entity, command)
        if entity == "library":
            scan = command == "refresh"
            call = routes.scan_library if scan else routes.analyze_library
            self._talk.tell(call(entity_id))
            return
        where = routes.series_of if entity == "book" else routes.series
        series = an_object(self._talk.ask(where(entity_id)))
        number, library = mapping.place(series)
        if command == "refresh":
            self._scans.asked_for(str(number))
        self._talk.tell(routes.command_series(command, library, number))

    def download(self, item_id: str, target: Path) -> None:
        """Fetch a book's file into `target`; if that fails there is no `target`.

        Raises:
            Gone: the book is no longer there.
            Permanent: it is made of several files, or `target` cannot be written.
            Refused: our account lacks the role Download.
            Transient: it broke off; it may work later.
        """
        chapter = an_object(self._talk.ask(routes.chapter(item_id)))
        if len(chapter.get("files") or ()) != 1:
            raise Permanent(f"book {item_id} is made of several files, or of none")
        self._talk.save(routes.file(item_id), target)

    def tidings(self) -> Iterator[Tiding]:
        """What Kavita's hub tells, as it comes: first LISTENING, after the handshake.

        `close` ends it. See [`Tells`][shelfhook.ports.Tells].

        Raises:
            Refused: the key or password is wrong.
            Transient: the stream broke, or was silent for 35 s.
        """
        admin, names = self.whoami().admin, Names(self.libraries)
        homes = Homes(self._library_of)
        yield from tidings(
            self._hub,
            admin=admin,
            library=names.id_of,
            ours=self._scans.is_ours,
            home=homes.of,
        )

    def news(self, library: str, cursor: str, most: int) -> News:
        """What is new in a library since a cursor, at most so many.

        Raises:
            Transient: it cannot be asked now.
        """
        return news.news(self._talk.ask, self._talk.paged, library, cursor, most)

    def down_until(self) -> tuple[float, str] | None:
        """When the breaker lets the next call through and why it is open; None when closed."""
        return self._talk.down_until()

    def close(self) -> None:
        """Give connections back, end the stream, wake who waits; later calls raise `HostDown`."""
        self._talk.close()
        self._hub.close()

    def _library_of(self, chapter: str) -> str:
        series = an_object(self._talk.ask(routes.series_of(chapter)))
        return str(mapping.place(series)[1])

    def _series(self, head: Dto) -> Item:
        metadata = an_object(self._talk.ask(routes.metadata(str(head.get("id")))))
        return self._learnt(mapping.series(head, metadata))

    def _learnt(self, found: Item) -> Item:
        """The item, now that we know how the server spells its words, and others."""
        self._vocabulary.refresh()
        for vocabulary, words in mapping.vocabularies(found.entity, found.fields).items():
            self._spelling.learn(vocabulary, words)
        return found

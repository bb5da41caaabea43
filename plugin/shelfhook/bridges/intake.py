"""From what a host tells to events in the inbox, each once, and to the end of a scan."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set

from shelfhook.bridges.events import KINDS, Maker
from shelfhook.bridges.memory import Memory
from shelfhook.errors import Gone, Permanent, ShelfhookError
from shelfhook.model import EventKind, NewEvent
from shelfhook.ports import Asked, Clock, News, Notebook, Sign, Tiding
from shelfhook.rules import scans as rules
from shelfhook.rules.scans import Hearing, Scans, Waits

log = logging.getLogger("shelfhook.bridge")

MOST_NEWS = 1_000
"""Items told of one by one; more are told as one `library.scanned`."""
MOST_CHANGES = 20_000
"""The same where all of them were changed: what a job of ours has written comes back so, and only
by its items can it be told from what others have changed."""
MOST_NAMES = 50
"""Names of unknown messages that are counted apart."""
OTHERS = "(others)"
SURE = frozenset({EventKind.ITEM_ADDED, EventKind.ITEM_REMOVED, EventKind.LIBRARY_SCANNED})


class Intake:
    """Keeps what one host tells. All but `holds` is for the bridge's one thread.

    The same item may be told of by the stream and by a listing. That it came is named after the
    cursor that the library had then, so both name it alike, also after a crash between the two;
    until a scan's end each item is taken down once. With the end the cursor moves on.

    What could not be committed waits here for the next `flush`.

    Args:
        host: name of the host.
        notebook: where events and cursors are kept.
        clock: tells the time.
        waits: how long a scan's end is waited for.
    """

    def __init__(self, host: str, notebook: Notebook, clock: Clock, waits: Waits) -> None:
        self._host = host
        self._notebook = notebook
        self._clock = clock
        self._waits = waits
        self._make = Maker(host)
        self._cursors: dict[str, str] = {}
        self._scans = Scans()  # replaced, never changed: `holds` reads it from other threads
        self._memories: dict[str, Memory] = {}
        self._over: set[str] = set()
        self._pending: list[NewEvent] = []
        self._keeping: Set[str] = frozenset()
        self._aside: Set[str] = frozenset()
        self.wants_news = False
        """The host has said that some library was scanned, and not which."""
        self.events = 0
        self.unknown: Counter[str] = Counter()

    def begin(self) -> None:
        """Take up what an earlier run left.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        self._cursors = dict(self._notebook.cursors(self._host))
        now = self._clock.monotonic()
        for library, kinds in self._notebook.unfinished(self._host).items():
            sure = bool(kinds & SURE)
            self._scans = rules.touch(self._scans, library, now, sure=sure)

    def listen(self, hearing: Hearing) -> None:
        """From now on so much can be heard of the host."""
        self._scans = rules.listening(self._scans, hearing, self._clock.monotonic())

    def holds(self, library: str) -> bool:
        """Whether a library is perhaps being scanned, so that its events had better wait."""
        now = self._clock.monotonic()
        return library in self._keeping or rules.holds(self._scans, library, now, self._waits)

    def leave_aside(self, libraries: Set[str]) -> None:
        """Nobody waits for events of these."""
        self._aside = libraries

    def hear(self, tidings: Iterable[Tiding]) -> None:
        """Take down what the stream has told; `flush` commits it."""
        for tiding in tidings:
            if tiding.library not in self._aside:
                self._hear(tiding)

    def flush(self) -> None:
        """Commit what was taken down.

        Raises:
            StoreUnavailable: it still waits.
        """
        if self._pending:
            self._keep(self._pending, {})
            self._pending = []

    def reconcile(self, asked: Asked, libraries: Sequence[str]) -> None:
        """Ask what is new in these libraries; events and cursors are committed together.

        A library of a host that we know, and that has no cursor, is a new one: all in it is new.
        One that cannot be asked about keeps no other from it.

        Raises:
            Transient: the host cannot be asked; nothing was kept.
            Permanent, Gone: some library cannot be asked about; of the others all was kept.
            StoreUnavailable: nothing was kept.
        """
        self.flush()
        known = bool(self._cursors)
        events: list[NewEvent] = []
        cursors: dict[str, str] = {}
        failure: ShelfhookError | None = None
        for library in libraries:
            cursor = self._cursors.get(library)
            try:
                news = _news(asked, library, cursor or "", MOST_NEWS)
            except (Permanent, Gone) as error:
                failure = error
                continue
            cursors[library] = news.cursor
            if cursor is None:
                events += [self._make.scanned(library, sure=True)] if known else []
            else:
                events += self._events_of(library, news)
        self._keep(events, cursors, touches=True)
        if failure is not None:
            raise failure

    def settle(self, asked: Asked | None) -> None:
        """Tell of each scan that has ended; the cursor of its library moves on in the same commit.

        Args:
            asked: whom to ask for the cursor; None leaves it where it is.

        Raises:
            StoreUnavailable: it is told at the next call.
        """
        self.flush()
        over = rules.ended(self._scans, self._clock.monotonic(), self._waits) | self._over
        for library in sorted(over):
            self._end(library, asked)

    # -- inside --

    def _hear(self, tiding: Tiding) -> None:
        now = self._clock.monotonic()
        match tiding.sign:
            case Sign.BUSY | Sign.IDLE:
                self._scans = rules.tick(self._scans, now, busy=tiding.sign is Sign.BUSY)
            case Sign.UNKNOWN:
                known = tiding.item in self.unknown or len(self.unknown) < MOST_NAMES
                self.unknown[tiding.item if known else OTHERS] += 1
            case Sign.SCANNED:
                self._hear_scanned(tiding.library)
            case Sign.ADDED | Sign.CHANGED | Sign.REMOVED if tiding.item:
                self._hear_item(tiding)
            case Sign.ADDED | Sign.CHANGED | Sign.REMOVED:
                self._scans = rules.stir(self._scans, tiding.library, now)

    def _hear_item(self, tiding: Tiding) -> None:
        sign, library, item = tiding
        memory = self._memory(library)
        if memory.is_late(sign, item) or not memory.is_new(sign, item):
            self._scans = rules.stir(self._scans, library, self._clock.monotonic())
            return
        event = self._make.event(tiding, self._cursors.get(library, ""))
        self._pending.append(event)
        memory.note(sign, item)
        self._touch(event)

    def _hear_scanned(self, library: str) -> None:
        if library:
            self._scans = rules.touch(self._scans, library, self._clock.monotonic(), sure=True)
            self._over.add(library)
        elif self._scans.touched:
            self._over |= set(self._scans.touched)
        else:
            self.wants_news = True

    def _touch(self, event: NewEvent) -> None:
        now, sure = self._clock.monotonic(), event.kind in SURE
        self._scans = rules.touch(self._scans, event.library, now, sure=sure)

    def _memory(self, library: str) -> Memory:
        return self._memories.setdefault(library, Memory())

    def _events_of(self, library: str, news: News) -> list[NewEvent]:
        """What a listing has told, as events; what was told already, and waits, is none."""
        if not news.complete or any(one.sign is Sign.SCANNED for one in news.tidings):
            return [self._make.scanned(library, sure=True)]
        told = [one._replace(library=library) for one in news.tidings if one.item]
        cursor, memory = self._cursors.get(library, ""), self._memory(library)
        return [
            self._make.event(one, cursor)
            for one in told
            if one.sign in KINDS and memory.is_new(one.sign, one.item)
        ]

    def _end(self, library: str, asked: Asked | None) -> None:
        touch = self._scans.touched[library]
        events: list[NewEvent] = []
        cursors: dict[str, str] = {}
        if asked is not None and library in self._cursors:
            try:
                most = MOST_NEWS + len(self._memory(library))
                news = _news(asked, library, self._cursors[library], most)
            except ShelfhookError as error:
                log.info("%s cannot be asked for news of %s: %s", self._host, library, error)
            else:
                events = self._events_of(library, news)
                cursors = {library: news.cursor}
        if not any(one.kind is EventKind.LIBRARY_SCANNED for one in events):
            sure = touch.sure or any(one.kind in SURE for one in events)
            events.append(self._make.scanned(library, sure=sure))
        self._keep(events, cursors)
        self._scans = rules.without(self._scans, frozenset({library}))
        self._over.discard(library)
        self._memory(library).end()

    def _keep(
        self, events: Sequence[NewEvent], cursors: Mapping[str, str], *, touches: bool = False
    ) -> None:
        """Commit; only then what a listing told counts as told.

        Args:
            touches: whether the scan of what is new has perhaps just begun.
        """
        moved = {name: at for name, at in cursors.items() if self._cursors.get(name) != at}
        if not (events or moved):
            return
        self._keeping = {event.library for event in events}
        try:
            receipts = self._notebook.keep(self._host, events, moved, self._clock.now())
            self._cursors |= moved
            fresh = [e for e, known in zip(events, receipts, strict=True) if not known.duplicate]
            self.events += len(fresh)
            for event in fresh if touches else ():
                self._touch(event)
        finally:
            self._keeping = frozenset()
        for library in moved:
            mine = [event for event in events if event.library == library and event.item]
            self._memory(library).note_listed(mine)


def _news(asked: Asked, library: str, cursor: str, most: int) -> News:
    """What is new; more than so many if nothing but changes is among it."""
    news = asked.news(library, cursor, most)
    if news.complete or any(one.sign is not Sign.CHANGED for one in news.tidings):
        return news
    return asked.news(library, cursor, MOST_CHANGES)

"""Lists a job's items page by page into the ledger, one page ahead of the workers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from queue import Full, Queue

from shelfhook.errors import Unknown
from shelfhook.model import ItemRef, Job, LedgerItem, Page
from shelfhook.ports import Host
from shelfhook.rules import marked
from shelfhook.runner.chosen import fits
from shelfhook.runner.kinds import parents_items
from shelfhook.runner.planning import series_mark
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store
from shelfhook.store.entries import new_items
from shelfhook.store.writer import Ticket

END = object()
FIRST = 64
"""Items of the first page that are committed by themselves."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page on its way into the ledger."""

    refs: list[ItemRef]
    first_seq: int
    committed: Ticket[set[int] | None]


class Lister:
    """Fills a queue of one page from a thread `job-<8>-list`.

    The thread ends when everything was listed, when listing failed, or when `stop` was called; it
    looks at the stop sign at least every 50 ms while the queue is full, and a host's call has a
    total deadline.

    Args:
        resume: also give what an earlier run listed and did not finish.
        wake: called whenever there is something to take.
        progressed: called for each page that the host gave.
        check: called before anything is listed; what it raises is why nothing is.
    """

    def __init__(
        self,
        store: Store,
        job: Job,
        routine: RoutineSettings,
        host: Host,
        page_size: int,
        *,
        resume: bool,
        wake: Callable[[], None],
        progressed: Callable[[], None] = lambda: None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._job = job
        self._routine = routine
        self._host = host
        self._size = page_size
        self._resume = resume and job.listed > 0
        self._begun = job.listed > 0 or not resume
        self._knows = False  # the thread finds out, before it gives anything
        self._wake = wake
        self._progressed = progressed
        self._check = check
        self._pages: Queue[object] = Queue(maxsize=1)
        self._stop = threading.Event()
        self._adding = threading.Lock()  # guards the stop sign while a page is sent to the ledger
        self._thread = threading.Thread(target=self._run, name=f"job-{job.short}-list", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether `take` would give something."""
        return not self._pages.empty()

    def take(self) -> list[LedgerItem] | Exception | None:
        """The next page, committed, or why listing failed, or None at the end. When `ready`."""
        got = self._pages.get()
        if isinstance(got, Listed):
            return self._known(new_items(got.refs, got.first_seq, got.committed.wait()))
        return got if isinstance(got, (list, Exception)) else None

    def stop(self) -> None:
        """End the thread soon; does not wait for a host that is slow to answer.

        When it returns, no further item is on its way into the ledger.
        """
        with self._adding:
            self._stop.set()

    @property
    def thread_id(self) -> int | None:
        """Identifier of the thread, for stack dumps."""
        return self._thread.ident

    def _run(self) -> None:
        try:
            job = self._job
            if not self._resume:  # a job that goes on was looked at when it began
                self._check()
            self._knows = not job.parent and self._store.states.any(job.routine, job.host)
            if self._resume:
                self._put_pending()
            if self._job.total is None and not self._stop.is_set():
                self._list()
        except Exception as error:  # noqa: BLE001 - a thread's root: handed to the orchestrator
            self._put(error)
            return
        self._put(END)

    def _put_pending(self) -> None:
        after = -1
        while page := self._store.ledger.pending(self._job.num, after, self._size):
            after = page[-1].seq
            if not self._put(self._known(page)):
                return

    def _list(self) -> None:
        ledger, num = self._store.ledger, self._job.num
        seq = ledger.next_seq(num) if self._begun else 0
        for refs in _small_first(self._pages_of_refs()):
            # Handed over before its commit: whoever takes it waits for that, and the host is asked
            # for the next page meanwhile.
            with self._adding:
                if self._stop.is_set():
                    return
                committed = ledger.add_soon(num, seq, refs)
            if not self._put(Listed(refs, seq, committed)):
                return
            seq += len(refs)
        ledger.listed(num)

    def _known(self, page: list[LedgerItem]) -> list[LedgerItem]:
        """The page with what earlier jobs have left of its items."""
        if not self._knows or not page:
            return page
        ids = [row.item.id for row in page]
        known = self._store.states.of(self._job.routine, self._job.host, ids)
        return [row._replace(known=known.get(row.item.id)) for row in page] if known else page

    def _pages_of_refs(self) -> Iterator[list[ItemRef]]:
        job = self._job
        if job.items:
            yield from _chunks((ItemRef(i, i) for i in job.items), self._size)
        elif job.parent:
            parent = self._store.jobs.get(job.parent)
            yield from _chunks(parents_items(job, parent, self._store.ledger), self._size)
        else:
            for library in self._libraries():
                marks = self._marks(library)
                for page in self._pages_of(library):
                    self._progressed()  # though the filter may refuse all of it
                    refs = [_marked(ref, marks) for ref in page.refs if fits(ref, self._routine)]
                    if refs:
                        yield refs

    def _pages_of(self, library: str) -> Iterator[Page]:
        """The library's pages; fingerprints only where they are compared with something."""
        compared = self._knows or self._routine.only_changed
        return self._host.pages(library, size=self._size, fingerprints=compared)

    def _marks(self, library: str) -> dict[str, str]:
        """What tells that a series is another: only where unchanged items are not looked at.

        Grows with the number of series, not of items.
        """
        if not self._routine.only_changed:
            return {}
        return {series: series_mark(mark) for series, mark in self._host.series_marks(library)}

    def _libraries(self) -> list[str]:
        """Ids of the libraries to list.

        Raises:
            Unknown: one that the job or its routine names does not exist.
        """
        there = self._host.libraries()
        wanted = {self._job.library} if self._job.library else set(self._routine.libraries)
        if not wanted:
            return [library.id for library in there]
        unknown = wanted - {name for library in there for name in (library.id, library.name)}
        if unknown:
            known = [f"{library.id} ({library.name})" for library in there]
            raise Unknown("library", ", ".join(sorted(unknown)), known)
        return [library.id for library in there if {library.id, library.name} & wanted]

    def _put(self, page: object) -> bool:
        """Hand over a page; False if the job no longer wants it."""
        while not self._stop.is_set():
            try:
                self._pages.put(page, timeout=0.05)
            except Full:
                continue
            self._wake()
            return True
        return False


def _marked(ref: ItemRef, marks: Mapping[str, str]) -> ItemRef:
    mark = marks.get(ref.series, "")
    return ref._replace(fingerprint=marked(ref.fingerprint, mark)) if mark else ref


def _small_first(pages: Iterator[list[ItemRef]]) -> Iterator[list[ItemRef]]:
    """Cut a little off the first page, so that the workers need not wait for all its commit."""
    for refs in islice(pages, 1):
        yield refs[:FIRST]
        if len(refs) > FIRST:
            yield refs[FIRST:]
    yield from pages


def _chunks(refs: Iterator[ItemRef], size: int) -> Iterator[list[ItemRef]]:
    while chunk := list(islice(refs, size)):
        yield chunk

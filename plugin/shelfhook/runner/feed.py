"""Where a job's items come from: pages of its host, and at the end the lists they want to be on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from shelfhook.errors import StoreUnavailable, Transient
from shelfhook.model import ItemRef, Job, LedgerItem, Result
from shelfhook.pool import Stream
from shelfhook.ports import Host
from shelfhook.runner import hostqueue
from shelfhook.runner.commanding import Commanded, Look
from shelfhook.runner.lacking import list_id
from shelfhook.runner.lister import Lister
from shelfhook.runner.setting import Setting
from shelfhook.runner.work import Postponed
from shelfhook.settings import RoutineSettings

FRUITLESS = 5
"""Listings that may fail in a row, each after the host had said that it is well."""


class Feed:
    """Passes a job's items on to its workers and knows when there are no more.

    All of it is the orchestrator's, but for the lister's own thread.

    Args:
        gathers: whether items may wish to be on lists.
        judged: kind and name of lists that are looked at though no item may wish to be on them.
        deferred: set if commands wait until all items are done.
        patience: seconds for which the job waits for its host's queue once all is done.
        leaving: ends that wait.
        flush: waits until all outcomes so far are committed.
        progressed: called when something came.
        down: hears of a listing that failed because its host is away.
        check: refuses the job before anything is listed.
    """

    def __init__(
        self,
        setting: Setting,
        job: Job,
        routine: RoutineSettings,
        stream: Stream[LedgerItem | Look, Result | Postponed | Commanded],
        *,
        gathers: bool,
        judged: Sequence[tuple[str, str]],
        deferred: threading.Event,
        patience: float,
        leaving: threading.Event,
        flush: Callable[[], None],
        progressed: Callable[[], None],
        down: Callable[[Exception], None],
        check: Callable[[], None],
    ) -> None:
        self._s = setting
        self._job = job
        self._routine = routine
        self._host: Host = setting.hosts[job.host]
        self._stream = stream
        self._gathers = gathers
        self._judged = judged
        self._deferred = deferred
        self._flush = flush
        self._commanded = -1  # the last item whose commands were fed
        self._patience = patience
        self._leaving = leaving
        self._watch: hostqueue.Watch | None = None
        self._waits = True
        self._looked = -1  # the last item that was fed to be looked at
        self._looks = False  # whether some are still to be looked at
        self._progressed = progressed
        self._down = down
        self._check = check
        self._lister: Lister | None = None
        self._listing = False
        self._listed = False
        self._fruitless = 0  # listings in a row that failed and brought nothing new
        self._open = 0  # items fed that have no outcome yet
        self.failure: Exception | None = None

    @property
    def thread_id(self) -> int | None:
        """Identifier of the lister's thread, for stack dumps."""
        return self._lister.thread_id if self._lister else None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to come once all items have their outcome."""
        return not self._gathers and not self._deferred.is_set() and not self._looks

    def begin(self, *, resume: bool) -> None:
        """Start to list. `resume` also gives what an earlier run listed and did not finish."""
        self._listing = True
        self._lister = Lister(
            self._s.store,
            self._job,
            self._routine,
            self._host,
            self._s.page_size,
            resume=resume,
            wake=self._stream.wake,
            progressed=self._progressed,
            check=self._check,
        )

    def begin_again(self) -> None:
        """The host is back: list on, if the listing had been broken off."""
        if not self._listing and not self._listed:
            self.begin(resume=False)

    def stop(self) -> None:
        """List no more."""
        if self._lister:
            self._lister.stop()

    def ended(self, items: int) -> None:
        """So many items have an outcome now."""
        self._open -= items

    def back(self, items: Sequence[LedgerItem | Look]) -> None:
        """Items that could not be done yet go to the end of the line."""
        self._stream.feed(items)

    def step(self) -> None:
        """Pass pages on while fewer than half a page waits; close the stream when all is done."""
        low = self._s.page_size // 2
        while self._listing and self._lister and self._lister.ready and self._stream.backlog <= low:
            self._take(self._lister)
        all_done = self._listed and not self._open and not self._stream.closed
        if all_done and not self._feed_the_rest():
            self._stream.close()  # not sooner: an item whose host is down comes back to be done
        self._stream.call_at(low if self._lister and self._lister.ready else -1)

    def _take(self, lister: Lister) -> None:
        page = lister.take()
        if isinstance(page, list):
            self._fruitless = 0 if page else self._fruitless
            self._feed(page)
            return
        self._listing = False
        if isinstance(page, StoreUnavailable):
            raise page
        if isinstance(page, Transient) and self._fruitless < FRUITLESS:
            self._fruitless += 1
            self._down(page)
        elif page is not None:
            self.failure = page
            self._stream.cut()
        else:
            self._listed = True

    def _feed(self, items: list[LedgerItem]) -> None:
        self._open += len(items)
        self._stream.feed(items)
        self._progressed()

    def _feed_the_rest(self) -> bool:
        """What comes once all items are done; whether there is more of it to wait for."""
        return (
            self._feed_lists() or self._feed_commands() or self._awaits_host() or self._feed_looks()
        )

    def _feed_lists(self) -> bool:
        """Once all items are done: each list they wish to be on is one item more."""
        if not self._gathers:
            return False
        self._gathers = False
        self._flush()
        ledger, num = self._s.store.ledger, self._job.num
        wanted: dict[str, ItemRef] = {}
        for kind, name in (*ledger.gathered(num), *self._judged):
            key = list_id(kind, name)
            wanted.setdefault(key, ItemRef(key, name))
        refs = list(wanted.values())
        new = ledger.add(num, ledger.next_seq(num), refs)  # those of an earlier run are known
        ledger.listed(num)
        self._feed(new)
        return bool(new)

    def _feed_commands(self) -> bool:
        """After the lists: the items whose commands wait, page by page."""
        if not self._deferred.is_set():
            return False
        self._flush()
        ledger, size = self._s.store.ledger, self._s.page_size
        page = ledger.commanded_items(self._job.num, after=self._commanded, limit=size)
        if not page:
            self._deferred.clear()
            return False
        self._commanded = page[-1].seq
        self._feed(page)
        return True

    def _awaits_host(self) -> bool:
        """Then wait for the host, if it was told to do something; whether that wait goes on."""
        if self._waits:
            self._waits = False
            seconds = self._seconds_to_wait()
            if seconds:
                told = f"waits at most {seconds:.0f} s for what the host was told to do"
                self._s.journal.note(self._job.num, "waits", told)
                self._watch = hostqueue.Watch(
                    self._job,
                    self._host,
                    self._s.clock,
                    seconds,
                    self._leaving,
                    self._progressed,
                    self._stream.wake,
                )
        return self._watch is not None and not self._watch.over

    def _seconds_to_wait(self) -> float:
        if self._job.dry_run:
            return 0.0
        self._flush()
        self._looks = bool(self._to_look_at(1))
        if self._looks:
            return max(self._patience, hostqueue.FOR_A_LOOK)
        changed = self._patience and self._s.store.jobs.get(self._job.id).counts.changed
        return self._patience if changed else 0.0

    def _feed_looks(self) -> bool:
        """Last of all: what the host has made of our commands, page by page."""
        if not self._looks or self._leaving.is_set():
            return False
        page = self._to_look_at(self._s.page_size)
        if not page:
            self._looks = False
            return False
        self._looked = page[-1].seq
        settled = self._watch is not None and self._watch.settled
        self._open += len(page)
        self._stream.feed([Look(entry, settled) for entry in page])
        return True

    def _to_look_at(self, limit: int) -> list[LedgerItem]:
        ledger = self._s.store.ledger
        return ledger.items_to_look_at(self._job.num, after=self._looked, limit=limit)

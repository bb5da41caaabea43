"""The orchestrator's part: one job from its first page to its final state.

Runs in a thread of the executor `orchestration`, never does an item's work, and is the only one who
feeds the job's pool and writes its outcomes.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from shelfhook.errors import Conflict
from shelfhook.model import Job, JobState, LedgerItem, Result, Trigger, Wish
from shelfhook.pool import ItemPool, Stream
from shelfhook.ports import Action
from shelfhook.runner import hostqueue, kinds
from shelfhook.runner.commanding import Commanded, Look
from shelfhook.runner.ending import how_it_ended, how_it_ends
from shelfhook.runner.feed import Feed
from shelfhook.runner.hostmade import HostMade
from shelfhook.runner.lookback import LookBack
from shelfhook.runner.pace import Pace
from shelfhook.runner.rest import Rest
from shelfhook.runner.rights import check_rights
from shelfhook.runner.setting import Setting
from shelfhook.runner.work import Postponed, Work
from shelfhook.settings import RoutineSettings
from shelfhook.store.entries import Batch
from shelfhook.store.writer import Ticket

log = logging.getLogger("shelfhook.job")

LOOK = 0.25
"""Seconds between two looks at what has changed while nothing comes in."""
Done: TypeAlias = "Result | Postponed | Commanded"
IN_FLIGHT = 4
"""Batches of outcomes on their way into the ledger; more would only grow memory."""


class Runner:
    """Runs one job. `run` belongs to the orchestrator; the other methods to any thread.

    Wishes are flags that the orchestrator looks at; a cancel also cuts the stream at once, so that
    when `wish` returns no further item begins. For `seat` see `Rest`.
    """

    def __init__(
        self,
        setting: Setting,
        job: Job,
        routine: RoutineSettings,
        actions: Sequence[Action],
        seat: Callable[[bool], bool] = lambda _taken: True,
    ) -> None:
        self.job = job
        self._s = setting
        self._host = setting.hosts[job.host]
        self._cancelled = threading.Event()
        self._draining = threading.Event()
        self._stopping = threading.Event()
        self._leaving = threading.Event()  # cancelled or draining: wait for nobody
        self._published = 0
        self._tickets: deque[Ticket[None]] = deque()
        remembered = job.trigger not in (Trigger.UNDO, Trigger.APPLY) and not job.dry_run
        self._routine = job.routine if remembered else ""
        self._recipe = kinds.recipe_of(routine, actions)
        self._overloads = self._host.overloads()
        self.progress_at = setting.clock.monotonic()
        made = kinds.making(setting, job, actions)
        if job.listed:
            made.deferred.set()  # an earlier run may have left some
        work = Work(
            job=job,
            host=self._host,
            proposer=kinds.proposer(setting, job, routine, actions, made),
            making=made,
            back=LookBack(made.host, made.ledger, made.files, job.dry_run),
            ledger=setting.store.ledger,
            guard=setting.guard,
            clock=setting.clock,
            policy=setting.retry,
            stopping=self._stopping,
            report=lambda error: self._pace.report(error),
            skips=kinds.skips(setting, job, routine, actions),
            host_made=HostMade(job.num, self._host, setting.store.ledger),
            seconds=setting.item_seconds,
            told=partial(setting.journal.item, job.num),
            resumed_before=setting.store.ledger.next_seq(job.num) if job.listed else 0,
        )
        self._stream: Stream[LedgerItem | Look, Done] = Stream(work, routine.workers)
        self._pace = Pace(routine.workers, self._stream.limit, setting.scaling)
        self._rest = Rest(setting, job, routine.workers, self._pace, seat)
        self._feed = Feed(
            setting,
            job,
            routine,
            self._stream,
            gathers=kinds.gathers(job, actions),
            judged=kinds.judged(setting, job, routine, actions),
            deferred=made.deferred,
            patience=hostqueue.longest(actions),
            leaving=self._leaving,
            flush=self._flush,
            progressed=self._progressed,
            down=self._rest.host_down,
            check=lambda: check_rights(job, actions, self._host),
        )
        self._pool = ItemPool(f"job-{job.short}", routine.workers)  # no thread before its work

    # -- from any thread --

    def wish(self, wish: Wish) -> None:
        """Grant a wish. After a cancel no further item begins."""
        if wish is Wish.CANCEL:
            self._cancelled.set()
            self._leaving.set()
            self._stopping.set()
            self._stream.cut()
        else:
            self._rest.wish(wish is Wish.PAUSE)
        self._stream.wake()

    def settled(self, wish: Wish) -> bool:
        """Whether a wish may be struck out, since the job's state says it now. A cancel never."""
        if wish is Wish.PAUSE:
            return self._rest.settled
        return wish is Wish.RESUME and not self._rest.settled

    def drain(self) -> None:
        """Begin no further item; the job waits again for the next start."""
        self._draining.set()
        self._leaving.set()
        self._stopping.set()
        self._stream.cut()
        self._stream.wake()

    @property
    def paused(self) -> bool:
        """Whether the job rests or has no share of its host, so that no progress is expected."""
        return self._rest.resting or self._pace.now == 0

    def limit_to_publish(self) -> int | None:
        """The present limit if it has changed since the last call (a housekeeping tick's)."""
        now = self._pace.now
        if now == self._published:
            return None
        self._published = now
        return now

    @property
    def threads(self) -> frozenset[int]:
        """Identifiers of the job's threads, for stack dumps."""
        members = self._pool.members
        listing = self._feed.thread_id
        return members | ({listing} if listing else set())

    # -- the orchestrator --

    def run(self) -> JobState:
        """Run the job to its end and write its state; gives that state."""
        job = self.job
        log.info("Job %s begins: %s on %s", job.short, job.routine, job.library or "all libraries")
        where = job.library or "all libraries"
        again = "begun again, with what an earlier run has left: " if job.listed else "begun: "
        self._s.journal.note(job.num, "begun", f"{again}{job.routine} on {where}")
        self._feed.begin(resume=True)
        try:
            with self._stream:
                self._rest.begin()
                while not self._stream.finished:
                    self._step()
            self._stream.raise_crashed()
        finally:
            self._rest.leave()
            self._feed.stop()
            self._stopping.set()
            self._pool.shutdown(wait=True)
        self._record(self._stream.collect(0))
        self._flush()
        return self._finish()

    def _step(self) -> None:
        self._look()
        self._feed.step()
        if not self._stream.started and (self._stream.backlog or self._stream.closed):
            # Not sooner: threads that start with work waiting begin it one by one at once.
            self._stream.start(self._pool)
        self._record(self._stream.collect(LOOK))

    def _flush(self) -> None:
        """Wait until every outcome so far is committed."""
        while self._tickets:
            self._tickets.popleft().wait()

    def _record(self, results: Sequence[Done]) -> None:
        """Send outcomes to the ledger; what must wait for its host goes back into the stream."""
        done: list[Result] = []
        later: list[LedgerItem | Look] = []
        commanded: list[Result] = []
        for result in results:
            if isinstance(result, Result):
                done.append(result)
            elif isinstance(result, Commanded):
                commanded.append(result.result)
            else:
                later.append(result.item)
                if result.error is not None:
                    self._rest.host_down(result.error)
        if later and not self._stopping.is_set():
            self._feed.back(later)
        if done:
            self._progressed()
            self._feed.ended(len(done))
            now = self._s.clock.now()
            batch = Batch(self.job.num, self.job.host, done, now, self._routine, self._recipe)
            self._tickets.append(self._s.store.ledger.record(batch))
            self._s.ended(self.job.routine, done)
        if commanded:
            self._progressed()
            self._feed.ended(len(commanded))
            batch = Batch(self.job.num, self.job.host, commanded, self._s.clock.now())
            self._tickets.append(self._s.store.ledger.commanded(batch))
        while self._tickets and (len(self._tickets) > IN_FLIGHT or self._tickets[0].done()):
            self._tickets.popleft().wait()

    def _look(self) -> None:
        """Follow wishes, the host's health and signs of overload."""
        overloads = self._host.overloads()
        if overloads > self._overloads:
            before = self._pace.now
            self._pace.overload()
            if self._pace.now < before:
                told = f"the host is overloaded: at most {self._pace.now} items at once"
                self._s.journal.item(self.job.num, "limit", told)
        self._overloads = overloads
        if self._stopping.is_set():
            return  # a job that rests ends from there
        resting = self._rest.resting
        if self._rest.look():
            self._feed.begin_again()
        if resting and not self._rest.resting:
            self._progressed()

    def _progressed(self) -> None:
        self.progress_at = self._s.clock.monotonic()

    # -- the end --

    def _finish(self) -> JobState:
        job, now, jobs = self.job, self._s.clock.now(), self._s.store.jobs
        fresh = jobs.get(job.id)
        cancelled, draining = self._cancelled.is_set(), self._draining.is_set()
        state, reason = how_it_ends(
            fresh, self._feed.failure, self._feed.complete, cancelled, draining
        )
        if state is JobState.QUEUED:
            jobs.move(job.num, state, now, reason)
            log.info("Job %s waits for the next start", job.short)
            self._s.journal.note(job.num, "stopped", reason)
            return state
        if state is not JobState.COMPLETED:
            self._s.store.ledger.cancel_pending(job.num, now)
            self._s.store.ledger.listed(job.num)
        if not jobs.move(job.num, state, now, reason):
            raise Conflict(f"job {job.short} had ended before its orchestrator said so")
        log.info("Job %s: %s %s", job.short, state, reason)
        ended = jobs.get(job.id)
        level = "error" if state is JobState.FAILED else "info"
        self._s.journal.end(job.num, how_it_ended(ended), level)
        return state

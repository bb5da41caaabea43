"""The orchestrator's part: one job from its first page to its final state.

Runs in a thread of the executor `orchestration`, never does an item's work, and is the only one who
feeds the job's pool and writes its outcomes.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shelfhook.budget import Budget
from shelfhook.errors import Conflict, StoreUnavailable, Transient
from shelfhook.model import PAUSED_BY_WISH, Job, JobState, LedgerItem, Result, Wish
from shelfhook.pool import ItemPool, Stream
from shelfhook.ports import Action, Clock, Host, PlanContext
from shelfhook.rules import Claim, RetryPolicy, Scaling, weight_of
from shelfhook.runner.guard import Guard
from shelfhook.runner.lister import Lister
from shelfhook.runner.pace import Pace
from shelfhook.runner.work import Postponed, Work
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store
from shelfhook.store.ledger import Batch
from shelfhook.store.writer import Ticket

log = logging.getLogger("shelfhook.job")

LOOK = 0.25
"""Seconds between two looks at what has changed while nothing comes in."""
IN_FLIGHT = 4
"""Batches of outcomes on their way into the ledger; more would only grow memory."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every job of an engine shares."""

    store: Store
    hosts: Mapping[str, Host]
    budget: Budget
    guard: Guard
    clock: Clock
    page_size: int = 500
    item_seconds: float = 300.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    scaling: Scaling = field(default_factory=Scaling)


class Runner:
    """Runs one job. `run` belongs to the orchestrator; the other methods to any thread.

    Wishes are flags that the orchestrator looks at; a cancel also cuts the stream at once, so that
    when `wish` returns no further item begins. `_seat` is called with True when the job needs a
    seat among the running ones and with False when it gives it back while paused.
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
        self._routine = routine
        self._host = setting.hosts[job.host]
        self._seat = seat
        self._cancelled = threading.Event()
        self._draining = threading.Event()
        self._stopping = threading.Event()
        self._pausing = threading.Lock()  # guards _wish_pause and the pause that follows from it
        self._wish_pause = job.wish is Wish.PAUSE
        self._down: tuple[float, str] | None = None
        self._paused = False
        self._paused_by_wish = False
        self._published = 0
        self._tickets: deque[Ticket[None]] = deque()
        self._failure: Exception | None = None
        self._listing = True
        self._listed = False
        self._open = 0  # items fed that have no outcome yet
        self._overloads = self._host.overloads()
        self.progress_at = setting.clock.monotonic()
        self._lister: Lister | None = None
        work = Work(
            job=job,
            host=self._host,
            actions=actions,
            ledger=setting.store.ledger,
            guard=setting.guard,
            clock=setting.clock,
            policy=setting.retry,
            stopping=self._stopping,
            report=lambda error: self._pace.report(error),
            context=PlanContext(self._host, job.dry_run),
            seconds=setting.item_seconds,
            resumed_before=setting.store.ledger.next_seq(job.num) if job.listed else 0,
        )
        self._stream: Stream[LedgerItem, Result | Postponed] = Stream(work, routine.workers)
        self._pace = Pace(routine.workers, self._stream.limit, setting.scaling)
        self._pool = ItemPool(
            f"job-{job.short}", routine.workers
        )  # no thread before its first work

    # -- from any thread --

    def wish(self, wish: Wish) -> None:
        """Grant a wish. After a cancel no further item begins."""
        if wish is Wish.CANCEL:
            self._cancelled.set()
            self._stopping.set()
            self._stream.cut()
        else:
            with self._pausing:
                self._wish_pause = wish is Wish.PAUSE
                if self._wish_pause:
                    self._pace.pause(True)  # at once; going on is the orchestrator's to say
        self._stream.wake()

    def settled(self, wish: Wish) -> bool:
        """Whether a wish may be struck out, since the job's state says it now. A cancel never."""
        if wish is Wish.PAUSE:
            return self._paused and self._paused_by_wish
        return wish is Wish.RESUME

    def drain(self) -> None:
        """Begin no further item; the job waits again for the next start."""
        self._draining.set()
        self._stopping.set()
        self._stream.cut()
        self._stream.wake()

    @property
    def paused(self) -> bool:
        """Whether the job rests, so that no progress is to be expected."""
        return self._paused

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
        listing = self._lister.thread_id if self._lister else None
        return members | ({listing} if listing else set())

    # -- the orchestrator --

    def run(self) -> JobState:
        """Run the job to its end and write its state; gives that state."""
        job = self.job
        log.info("Job %s begins: %s on %s", job.short, job.routine, job.library or "all libraries")
        self._lister = self._list(resume=True)
        try:
            with self._stream:
                self._pace.pause(self._wish_pause)
                self._claim(self._routine.workers)
                while not self._stream.finished:
                    self._step()
            self._stream.raise_crashed()
        finally:
            self._s.budget.leave(job.host, job.id)
            self._lister.stop()
            self._stopping.set()
            self._pool.shutdown(wait=True)
        self._record(self._stream.collect(0))
        while self._tickets:
            self._tickets.popleft().wait()
        return self._finish()

    def _step(self) -> None:
        self._look()
        self._feed()
        if not self._stream.started and (self._stream.backlog or self._stream.closed):
            # Not sooner: threads that start with work waiting begin it one by one at once.
            self._stream.start(self._pool)
        self._record(self._stream.collect(LOOK))

    def _list(self, *, resume: bool) -> Lister:
        self._listing = True
        return Lister(
            self._s.store,
            self.job,
            self._routine,
            self._host,
            self._s.page_size,
            resume=resume,
            wake=self._stream.wake,
        )

    def _feed(self) -> None:
        """Pass pages on while fewer than half a page waits; close the stream when all is done."""
        low = self._s.page_size // 2
        while self._listing and self._lister and self._lister.ready and self._stream.backlog <= low:
            page = self._lister.take()
            if isinstance(page, list):
                self._open += len(page)
                self._stream.feed(page)
                self._progressed()
            else:
                self._listing = False
                if isinstance(page, StoreUnavailable):
                    raise page
                if isinstance(page, Transient):
                    self._host_down(page)
                elif page is not None:
                    self._failure = page
                    self._stream.cut()
                else:
                    self._listed = True
        if self._listed and not self._open:
            self._stream.close()  # not sooner: an item whose host is down comes back to be done
        self._stream.call_at(low if self._lister and self._lister.ready else -1)

    def _record(self, results: Sequence[Result | Postponed]) -> None:
        """Send outcomes to the ledger; what must wait for its host goes back into the stream."""
        done: list[Result] = []
        later: list[LedgerItem] = []
        for result in results:
            if isinstance(result, Result):
                done.append(result)
            else:
                later.append(result.item)
                if result.error is not None:
                    self._host_down(result.error)
        if later and not self._stopping.is_set():
            self._stream.feed(later)
        if done:
            self._progressed()
            self._open -= len(done)
            batch = Batch(self.job.num, self.job.host, done, self._s.clock.now())
            self._tickets.append(self._s.store.ledger.record(batch))
        while self._tickets and (len(self._tickets) > IN_FLIGHT or self._tickets[0].done()):
            self._tickets.popleft().wait()

    # -- pauses --

    def _look(self) -> None:
        """Follow wishes, the host's health and signs of overload."""
        if self._down is not None:
            self._try_host()
        overloads = self._host.overloads()
        if overloads > self._overloads:
            self._pace.overload()
        self._overloads = overloads
        by_wish = self._wish_pause
        if self._stopping.is_set():
            return  # a job that rests ends from there
        if not by_wish and self._down is None:
            if self._paused:
                self._go_on()
        elif not self._paused or by_wish != self._paused_by_wish:
            self._rest(by_wish)
        with self._pausing:
            self._pace.pause(self._paused or self._wish_pause)

    def _rest(self, by_wish: bool) -> None:
        """Begin nothing, and leave seat and budget to others.

        A person's pause is written down as such also where the host is down already: it outlasts
        that, and a restart.
        """
        now, jobs = self._s.clock.now(), self._s.store.jobs
        reason = PAUSED_BY_WISH if by_wish or self._down is None else self._down[1]
        if self._paused:
            jobs.move(self.job.num, JobState.RUNNING, now)  # else the reason could not change
        self._paused, self._paused_by_wish = True, by_wish
        jobs.move(self.job.num, JobState.PAUSED, now, reason)
        self._claim(0)
        self._seat(False)
        log.info("Job %s is paused: %s", self.job.short, reason)

    def _go_on(self) -> None:
        """Take seat and budget again; while every seat is taken, stay paused."""
        if not self._seat(True):
            return
        self._paused = False
        self._s.store.jobs.move(self.job.num, JobState.RUNNING, self._s.clock.now())
        self._claim(self._routine.workers)
        self._progressed()
        log.info("Job %s goes on", self.job.short)

    def _host_down(self, error: Exception | None) -> None:
        """The host is away: rest until its breaker lets a call through."""
        if self._down is None:
            self._pace.pause(True)
            wait = getattr(error, "retry_after", None) or 1.0
            self._down = (self._s.clock.monotonic() + wait, f"the host is down: {error}")

    def _try_host(self) -> None:
        """When it is time, ask the host whether it is back; then go on where we were."""
        assert self._down is not None
        breaker = self._host.down_until()
        until = max(self._down[0], breaker[0] if breaker else 0.0)
        if self._s.clock.monotonic() < until:
            return
        check = self._host.check()
        if not check.ok:
            self._down = (self._s.clock.monotonic() + 1.0, f"the host is down: {check.message}")
            return
        self._down = None
        if not self._listing and not self._listed:
            self._lister = self._list(resume=False)

    def _claim(self, ceiling: int) -> None:
        """Take part in the host's budget with at most `ceiling` calls; 0 leaves it to others."""
        claim = Claim(weight_of(self.job.priority), ceiling)
        self._s.budget.join(self.job.host, self.job.id, claim, self._pace.share)

    def _progressed(self) -> None:
        self.progress_at = self._s.clock.monotonic()

    # -- the end --

    def _finish(self) -> JobState:
        job, now, jobs = self.job, self._s.clock.now(), self._s.store.jobs
        if self._draining.is_set() and not self._cancelled.is_set() and not self._ended():
            jobs.move(job.num, JobState.QUEUED, now, "Shelfhook was stopped; it goes on later")
            if self._wish_pause:
                jobs.wish(job.id, Wish.PAUSE, now)
            log.info("Job %s waits for the next start", job.short)
            return JobState.QUEUED
        state, reason = JobState.COMPLETED, ""
        if self._failure is not None:
            state, reason = JobState.FAILED, str(self._failure)
        elif self._cancelled.is_set() and not self._ended():
            state, reason = JobState.CANCELLED, "cancelled on request"
        if state is not JobState.COMPLETED:
            self._s.store.ledger.cancel_pending(job.num, now)
            self._s.store.ledger.listed(job.num)
        if not jobs.move(job.num, state, now, reason):
            raise Conflict(f"job {job.short} had ended before its orchestrator said so")
        log.info("Job %s: %s %s", job.short, state, reason)
        return state

    def _ended(self) -> bool:
        """Whether every item has its outcome after all."""
        fresh = self._s.store.jobs.get(self.job.id)
        return fresh.total is not None and fresh.counts.processed >= fresh.total

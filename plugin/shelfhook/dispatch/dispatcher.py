"""Claims queued jobs, runs them, grants wishes, recovers after a crash, drains before a stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from shelfhook.dispatch.lost import Lost
from shelfhook.dispatch.needs import check_needs
from shelfhook.dispatch.seats import Seats
from shelfhook.errors import ShelfhookError, StoreUnavailable, Unknown
from shelfhook.model import Job, JobState, Trigger
from shelfhook.ports import Action
from shelfhook.runner import Runner, Setting
from shelfhook.runner.telling import of_job
from shelfhook.settings import RoutineSettings, bare_routine

log = logging.getLogger("shelfhook.dispatch")

FORGET = 5.0
"""Seconds after which a dispatch that was asked for and never began is asked for again."""

MakeActions = Callable[[RoutineSettings], "list[Action]"]


class Dispatcher:
    """Runs the best queued jobs, at most `concurrent_jobs` at once.

    `ask` puts one call of `dispatch` into the executor `orchestration`. A dispatch claims whatever
    job is best by then, so none is bound to a job and losing one loses nothing: `sweep` asks again.

    The lock guards the table of running jobs, the number of dispatches asked for, and the end.

    Args:
        ask: hands a callable to the executor `orchestration`.
    """

    def __init__(
        self,
        setting: Setting,
        routines: Mapping[str, RoutineSettings],
        make_actions: MakeActions,
        concurrent_jobs: int,
        ask: Callable[[Callable[[], None]], None],
    ) -> None:
        self._s = setting
        self._routines = routines
        self._make_actions = make_actions
        self._ask = ask
        self._seats = Seats(concurrent_jobs)
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._running: dict[int, Runner] = {}
        self._lost = Lost(setting.store, setting.clock, self._numbers)
        self._asked = 0
        self._asked_at = 0.0
        self._draining = False

    # -- housekeeping: called by short ticks --

    def recover(self) -> list[str]:
        """After a start: jobs that were running wait again; gives their ids."""
        ids = self._s.store.jobs.requeue_running("Shelfhook was restarted; the job goes on")
        for job_id in ids:
            log.warning("Job %s was running when Shelfhook ended; it goes on", job_id[:8])
        return ids

    def sweep(self) -> None:
        """Ask for as many dispatches as there are queued jobs and free seats."""
        self._lost.requeue()
        claimable = self._s.store.jobs.claimable(self._down())
        now = self._s.clock.monotonic()
        with self._lock:
            if self._draining:
                return
            if now - self._asked_at > FORGET:
                self._asked = 0  # whoever was asked has died or is stuck: ask others
            wanted = min(claimable, self._seats.free) - self._asked
            if wanted <= 0:
                return
            self._asked += wanted
            self._asked_at = now
        for _ in range(wanted):
            self._ask(self.dispatch)

    def grant_wishes(self) -> None:
        """Tell running jobs what people want of them, and strike out what was granted.

        A cancel stays written down until the job has ended, a pause until the job rests: a crash in
        between must not forget them. Telling a job again is harmless.
        """
        for job in self._s.store.jobs.wishes():
            with self._lock:
                runner = self._running.get(job.num)
            if runner is not None and job.wish is not None:
                runner.wish(job.wish)
                if runner.settled(job.wish):
                    self._s.store.jobs.grant(job.num, job.wish)

    def running(self) -> list[Runner]:
        """The jobs that run now."""
        with self._lock:
            return list(self._running.values())

    def _numbers(self) -> set[int]:
        with self._lock:
            return set(self._running)

    def _down(self) -> list[str]:
        """Hosts whose breaker is open."""
        return [name for name, host in self._s.hosts.items() if host.down_until() is not None]

    def publish_limits(self) -> None:
        """Write each running job's present limit where the web side can read it."""
        for runner in self.running():
            limit = runner.limit_to_publish()
            if limit is not None:
                self._s.store.jobs.mark(runner.job.num, limit=limit)

    def drain(self, seconds: float) -> bool:
        """Begin nothing more; wait until running items have ended. False if some still run."""
        with self._lock:
            self._draining = True
            for runner in self._running.values():
                runner.drain()
            return self._idle.wait_for(lambda: not self._running, timeout=seconds)

    # -- orchestration: called by the orchestrators --

    def dispatch(self) -> None:
        """Claim the best queued job and run it to its end."""
        with self._lock:
            self._asked = max(0, self._asked - 1)
            if self._draining or not self._seats.take():
                return
        seat = _Seat(self._seats)
        try:
            job = self._s.store.jobs.claim(self._s.clock.now(), self._down())
            if job is not None:
                with of_job(job.short):
                    self._run(job, seat)
        except StoreUnavailable as error:
            log.error("No job could be claimed: %s", error)
        finally:
            seat.hold(False)
        self._next()

    def _next(self) -> None:
        """A seat is free again: ask for the next job now instead of at the next sweep."""
        try:
            self.sweep()
        except StoreUnavailable as error:
            log.error("The next job must wait: %s", error)

    def _run(self, job: Job, seat: _Seat) -> None:
        lost = False
        try:
            self._prepare(job, seat).run()
        except StoreUnavailable as error:
            log.error("Job %s lost its database: %s", job.short, error)
            self._s.journal.note(job.num, "stopped", str(error), "error")
            lost = True
        except ShelfhookError as error:
            log.error("Job %s failed: %s", job.short, error)
            lost = not self._fail(job, str(error))
        except Exception as error:  # a thread's root: recorded as the job's reason
            log.exception("Job %s failed", job.short)
            lost = not self._fail(job, f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._running.pop(job.num, None)
                self._idle.notify_all()
            if lost:  # only now: it must not be claimed again while it counts as running
                self._lost.add(job.num)

    def _prepare(self, job: Job, seat: _Seat) -> Runner:
        if job.host not in self._s.hosts:
            raise Unknown("host", job.host, sorted(self._s.hosts))
        routine, actions = self._work_of(job)
        runner = Runner(self._s, job, routine, actions, seat.hold)
        with self._lock:
            self._running[job.num] = runner
            if self._draining:  # the order to stop came between the claim and here
                runner.drain()
        if job.wish is not None:
            runner.wish(job.wish)
        return runner

    def _work_of(self, job: Job) -> tuple[RoutineSettings, list[Action]]:
        """The routine and its actions; undo needs neither to be there any more."""
        routine = self._routines.get(job.routine)
        if job.trigger is Trigger.UNDO:
            return routine or bare_routine(job.routine, job.host), []
        if routine is None:
            raise Unknown("routine", job.routine, sorted(self._routines))
        actions = self._make_actions(routine)
        check_needs(actions, self._s.hosts[job.host], self._s.files[job.host])
        return routine, actions

    def _fail(self, job: Job, reason: str) -> bool:
        """Record why a job could not be run; what it had not done is cancelled."""
        now = self._s.clock.now()
        try:
            self._s.store.ledger.cancel_pending(job.num, now)
            self._s.store.ledger.listed(job.num)
            self._s.store.jobs.move(job.num, JobState.FAILED, now, reason)
            self._s.journal.end(job.num, f"failed: {reason}", "error")
        except StoreUnavailable:
            log.exception("Job %s could not be marked as failed", job.short)
            return False
        return True


class _Seat:
    """One job's hold on a seat; only its orchestrator's thread uses it."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats
        self._held = True

    def hold(self, wanted: bool) -> bool:
        """Take the seat or give it back; tells whether that worked. Repeating it is harmless."""
        if wanted and not self._held:
            self._held = self._seats.take_back(self)
            return self._held
        if not wanted:
            self._seats.forget(self)
            if self._held:
                self._seats.give()
                self._held = False
        return True

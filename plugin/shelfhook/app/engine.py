"""The engine: dispatcher, coalescer, schedules and their short ticks, wired over one store."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from functools import partial

from shelfhook.app.counting import Counting
from shelfhook.app.listening import Listening
from shelfhook.app.looks import HOST_LOOK, Looks
from shelfhook.app.parts import Parts
from shelfhook.app.tally import Tally
from shelfhook.app.telling import Telling
from shelfhook.budget import Budget
from shelfhook.coalesce.calls import Calls
from shelfhook.coalesce.coalescer import Coalescer, nobody_holds
from shelfhook.dispatch import Dispatcher
from shelfhook.dispatch.sampling import Sampler
from shelfhook.dispatch.watchdog import Watchdog
from shelfhook.errors import StoreUnavailable
from shelfhook.files import Backups, clear_scratch
from shelfhook.pool import HeavyPool
from shelfhook.ports import Clock, Host
from shelfhook.rules import Patience, RetryPolicy
from shelfhook.runner import Setting
from shelfhook.runner.guard import Guard
from shelfhook.runner.journal import Journal
from shelfhook.scheduling import Scheduler
from shelfhook.scheduling.loops import Loops
from shelfhook.scheduling.nights import Nights
from shelfhook.store import Store
from shelfhook.store.holds import HOLDS
from shelfhook.store.status import Beat
from shelfhook.web.masking import Mask

log = logging.getLogger("shelfhook.engine")

Tick = Callable[[], None]
DAY = 86_400.0
PULSE = 0.2
"""Seconds between two looks at the store for events, wishes and queued jobs."""
COUNTS = 5.0
"""Seconds between two times that the counters are published."""
TOLD = 0.5
"""Seconds between two looks for what is to be told to others."""
STRAYS = 5.0
"""Seconds between two looks for events of hosts that are not there any more."""


class Engine:
    """Runs jobs until it is stopped. One per store: `start` needs the lease.

    Its threads are APScheduler's (see `Scheduler`), those of the running jobs and of the bridges;
    all end in `stop`.

    Args:
        listens: whether it fetches its hosts' events, as one does that is there to stay.
    """

    def __init__(
        self,
        parts: Parts,
        store: Store,
        clock: Clock,
        hosts: Mapping[str, Host] | None = None,
        *,
        listens: bool = False,
    ) -> None:
        settings = parts.settings
        self._store = store
        self._clock = clock
        self._parts = parts
        self._counting = Counting()
        self._tally = Tally(store)
        self._hosts = dict(hosts) if hosts is not None else parts.connect(clock, self._counting)
        self._loops = Loops(clock)
        self._lease = store.lease()
        self.lease_lost = threading.Event()
        self._scheduler = Scheduler(
            settings.engine.concurrent_jobs, self._loops, hosts=len(self._hosts)
        )
        self._heavy = HeavyPool(
            settings.engine.heavy_processes or os.cpu_count() or 1, settings.engine.item_seconds
        )
        self._backups = Backups(settings.paths.backups_folder, settings.engine.keep_days)
        self._journal = Journal(clock, Mask.of(settings))
        self._sampler = Sampler(store, clock)
        setting = Setting(
            store=store,
            hosts=self._hosts,
            files=parts.files(self._hosts),
            heavy=self._heavy,
            backups=self._backups,
            budget=Budget({name: host.budget for name, host in settings.hosts.items()}),
            guard=Guard(),
            clock=clock,
            page_size=settings.engine.page_size,
            item_seconds=settings.engine.item_seconds,
            retry=RetryPolicy(attempts=settings.engine.item_attempts),
            quarantine_after=settings.engine.quarantine_after,
            journal=self._journal,
            ended=self._counting.ended,
        )
        self.dispatcher = Dispatcher(
            setting,
            settings.routines,
            parts.make_actions,
            settings.engine.concurrent_jobs,
            self._scheduler.orchestrate,
        )
        patience = Patience(settings.engine.quiet_seconds, settings.engine.max_wait_seconds)
        self._listening = (
            Listening(settings, self._hosts, store, clock, self._loops) if listens else None
        )
        held = self._listening.holds if self._listening else nobody_holds
        self._coalescer = Coalescer(store, settings.routines, self._hosts, clock, patience, held)
        self._looks = Looks(self._hosts, store, clock, self._coalescer.know_libraries)
        self._watchdog = Watchdog(store, clock, settings.engine.stall_seconds, self._journal)
        self.calls = Calls(store, settings.routines, clock)
        self._nights = Nights(store, settings.routines, self.calls, clock)
        self._telling = Telling(settings, store, clock)

    def acquire(self) -> bool:
        """Try to become the one engine of this store; False while another is."""
        return self._lease.acquire()

    def start(self) -> None:
        """Take up what an earlier run left, then begin. The lease must be ours."""
        self._store.note_lease(self._clock.now())
        self._looks.take_up()
        self._tally.begin()
        clear_scratch(self._parts.scratch)
        self.dispatcher.recover()
        self._nights.settle_all()  # what fell due meanwhile; and from now on new schedules count
        self._plan_ticks()
        self._telling.begin()
        self._scheduler.start()
        if self._listening:
            self._listening.begin()
        self._tell()
        log.info("Shelfhook's engine is ready")

    def stop(self) -> bool:
        """Drain: no new items, running ones end, the rest waits for the next start.

        False if items still ran after `drain_seconds`; then their threads are left behind and the
        process should end hard: what they did not finish is done again after the next start.
        """
        if self._listening:
            self._listening.end()
        drained = self.dispatcher.drain(self._parts.settings.engine.drain_seconds)
        self._heavy.close()
        self._last_words()
        if drained:
            for host in self._hosts.values():
                host.close()  # wakes ticks that wait for a host; no item runs any more
            if self._listening:
                self._listening.join()
            self._scheduler.stop()
            self._telling.end()
            self._lease.release()  # else it ends with the process: items are still at work
        log.info("Shelfhook's engine has stopped%s", "" if drained else " with items running")
        return drained

    def _last_words(self) -> None:
        """What was told of the jobs since the last tick."""
        try:
            self._write_logs()
        except StoreUnavailable as error:
            log.warning("The jobs' logs lack their end: %s", error)

    def _plan_ticks(self) -> None:
        every, engine = self._scheduler.every, self._parts.settings.engine
        # One run of two ticks: each run costs APScheduler more than the two together. The coalescer
        # asks hosts about echoes; one that hangs must not hold up wishes, nor other hosts' events.
        pulse = [
            self._loops.supervise("wishes", PULSE, self.dispatcher.grant_wishes),
            self._loops.supervise("dispatch", PULSE, self.dispatcher.sweep),
        ]
        every(PULSE, "pulse", lambda: [tick() for tick in pulse])
        for name in self._hosts:
            every(PULSE, f"coalesce {name}", partial(self._coalescer.tick, name))
        every(STRAYS, "strays", self._coalescer.strays)
        every(
            min(5.0, engine.stall_seconds / 3),
            "watchdog",
            lambda: self._watchdog.look(self.dispatcher.running()),
        )
        every(1.0, "status", self._tell)
        every(TOLD, "telling", self._telling.tick)
        every(COUNTS, "metrics", self._publish_counts)
        every(2.0, "lease", self._hold_lease)
        every(60.0, "schedules", self._nights.settle_all)
        every(3600.0, "retention", self._clean)
        for name in self._hosts:
            look = partial(self._looks.look, name)
            every(HOST_LOOK, f"host {name}", look)
            # And once now: /health and the names of libraries must not wait for the first turn.
            self._scheduler.orchestrate(self._loops.supervise(f"host {name}", HOST_LOOK, look))
        for name, routine in self._nights.scheduled.items():
            triggers = routine.triggers
            grace = triggers.misfire_hours * 3600
            self._scheduler.at(name, triggers.cron, triggers.timezone, grace, self._settling(name))

    def _settling(self, name: str) -> Tick:
        return self._loops.supervise(
            f"schedule {name}", DAY * 366, lambda: self._nights.settle(name)
        )

    def _tell(self) -> None:
        """Publish the loops' signs of life, the schedules' next due times and the limits."""
        now = self._clock.now()
        scheduler = Beat(
            "scheduler", now, 1.0, self._scheduler.running, {"next": self._nights.next()}
        )
        faults = Beat(
            "extensions", now, DAY, not self._parts.faults, {"faults": self._parts.faults}
        )
        holds = Beat(HOLDS, now, 1.0, True, self._coalescer.holding())
        told = [*self._loops.beats(), scheduler, faults, holds, *self._looks.breakers()]
        self._store.status.beat([*told, *(self._listening.beats() if self._listening else ())])
        self.dispatcher.publish_limits()
        self._sampler.look(runner.job.num for runner in self.dispatcher.running())
        self._write_logs()

    def _write_logs(self) -> None:
        """Write what was told of the jobs since the last time; if that fails, the next time."""
        lines = self._journal.take()
        try:
            self._store.job_log.write(lines)
        except StoreUnavailable:
            self._journal.give_back(lines)
            raise

    def _publish_counts(self) -> None:
        """Let the web process show what was counted since our start."""
        self._tally.look()
        writer = self._store.writer
        told = {
            **self._counting.told(),
            **self._tally.told(),
            "writer": {"commits": writer.commits, "calls": writer.calls},
        }
        self._store.status.beat([Beat("metrics:engine", self._clock.now(), COUNTS, True, told)])

    def _hold_lease(self) -> None:
        if not self._lease.held():
            log.error("The lease is lost: another engine may take over, this one ends")
            self.lease_lost.set()

    def _clean(self) -> None:
        now = self._clock.now()
        before = now - self._parts.settings.engine.keep_days * DAY
        self._store.sessions.clean(now, before)
        if gone := self._store.clean(before):
            log.info(
                "%d job(s) older than %d days were cleaned up",
                gone,
                self._parts.settings.engine.keep_days,
            )
        # What a job that is kept has replaced must be there for its undo, however long it ran.
        horizon = self._backups.horizon(self._clock.now())
        begun = self._store.jobs.first_start()
        self._backups.clean(horizon if begun is None else min(horizon, begun))

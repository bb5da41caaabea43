"""`shelfhook run`: queue a routine and follow its job to the end.

If a service is at work it does the job and we only watch; otherwise an engine of our own does it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from shelfhook.app import logs
from shelfhook.app.engine import Engine
from shelfhook.app.parts import Parts
from shelfhook.cli import report, who
from shelfhook.cli.failures import FAILED
from shelfhook.cli.follow import Look, display_on, follow
from shelfhook.cli.place import Place
from shelfhook.cli.terminal import talk, terminable
from shelfhook.clock import SystemClock
from shelfhook.coalesce.calls import Call, Calls
from shelfhook.errors import Conflict, LeaseLost, NothingPlanned, Unknown
from shelfhook.model import Job, JobState, Trigger, Wish
from shelfhook.store import Store

TAKE_OVER = 1.0
"""Seconds between two tries to become the engine while another one is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    routine: str
    library: str = ""
    items: tuple[str, ...] = ()
    dry_run: bool = False
    everything: bool = False


def run(place: Place, wanted: Wanted, *, as_json: bool) -> int:
    """Queue the job, follow it, show how it ended; gives the exit code."""

    def queue(made: Parts, calls: Calls) -> Job:
        host = calls.routine(wanted.routine).host
        library = _library(made, host, wanted.library) if wanted.library else ""
        job, _ = calls.call(
            Call(
                routine=wanted.routine,
                library=library,
                items=wanted.items,
                dry_run=wanted.dry_run or None,  # the routine's own setting holds otherwise
                everything=wanted.everything,
                trigger=Trigger.CLI,
                by=who.user(),
            )
        )
        return job

    return carry_out(place, queue, as_json=as_json)


def apply(place: Place, job_id: str, *, as_json: bool) -> int:
    """Do what a dry run has shown; gives the exit code.

    For a dry run that has planned nothing it is that of the dry run, which is shown: a script that
    looks first and applies then goes on if all was well already.
    """
    return carry_out(
        place, lambda _, calls: calls.apply(job_id.lower(), by=who.user())[0], as_json=as_json
    )


def undo(place: Place, job_id: str, *, dry_run: bool, as_json: bool) -> int:
    """Take back what a job has changed; gives the exit code."""

    def queue(_: Parts, calls: Calls) -> Job:
        return calls.undo(job_id.lower(), dry_run=dry_run, by=who.user())[0]

    return carry_out(place, queue, as_json=as_json)


def carry_out(place: Place, queue: Callable[[Parts, Calls], Job], *, as_json: bool) -> int:
    """Queue a job, follow it to its end, show how that was; gives the exit code."""
    made = place.parts()
    clock = SystemClock()
    with Store(made.settings.paths.database_url) as store, terminable():
        calls = Calls(store, made.settings.routines, clock)
        helper = Helper(made, store, clock)
        try:
            ended = _attend(store, queue(made, calls), helper, clock)
            if ended is None:
                return FAILED
        except NothingPlanned as nothing:
            talk().print(f"shelfhook: {nothing}")
            ended = store.jobs.get(nothing.job)
        finally:
            helper.stop()
        report.show(store, ended, as_json=as_json)
        return exit_code(ended)


def exit_code(job: Job) -> int:
    """0 only if the job completed and no item failed, nor was refused to apply or undo."""
    refused = job.counts.skipped if job.trigger in (Trigger.UNDO, Trigger.APPLY) else 0
    well = job.state is JobState.COMPLETED and not job.counts.failed and not refused
    return 0 if well else FAILED


class Helper:
    """An engine in this process, for as long as nobody else's is at work."""

    def __init__(self, made: Parts, store: Store, clock: SystemClock) -> None:
        self._engine = Engine(made, store, clock)
        self._store = store
        self._clock = clock
        self._tried_at = float("-inf")
        self.at_work = False

    def offer(self) -> None:
        """Start our engine if the lease is free; asked again and again, it tries once a second.

        Who holds it may stop while we watch: another `run`, or a service that is shut down.
        """
        if self.at_work and self._engine.lease_lost.is_set():
            raise LeaseLost("another engine may have taken over; the job goes on there")
        now = self._clock.monotonic()
        if self.at_work or now - self._tried_at < TAKE_OVER:
            return
        self._tried_at = now
        if self._engine.acquire():
            logs.configure("WARNING")  # what is worth more than the progress display
            self._engine.start()
            self.at_work = True

    def cancel(self, job: Job) -> None:
        """Cancel a job of ours; when this returns, no further item begins."""
        with suppress(Conflict):  # it has just ended
            self._store.jobs.wish(job.id, Wish.CANCEL, self._clock.now(), who.user())
        self._engine.dispatcher.grant_wishes()

    def stop(self) -> None:
        """Drain our engine, if it runs; other jobs that it took up wait for the next one."""
        if self.at_work and not self._engine.stop():
            logging.shutdown()
            sys.stdout.flush()
            os._exit(FAILED)  # threads are stuck in items; the next start does those again


def _attend(store: Store, job: Job, helper: Helper, clock: SystemClock) -> Job | None:
    """Follow a job to its end; None if it goes on without us."""

    console = talk()
    with asked_to_stop() as stop:

        def look() -> Look:
            helper.offer()
            if stop.is_set():
                stop.clear()
                raise KeyboardInterrupt
            return Look.at(store.jobs.get(job.id))

        try:
            with display_on(console) as display:
                follow(look, display, clock)
        except KeyboardInterrupt:
            if not helper.at_work:
                console.print(f"Job {job.short} goes on in the service. To cancel it:")
                console.print(f"  shelfhook jobs {job.short} --cancel", style="bold")
                return None
            helper.cancel(job)
            console.print(f"Cancelling job {job.short}; items under way still end …")
            with display_on(console) as display:
                follow(look, display, clock)
    return store.jobs.get(job.id)


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Inside, Ctrl-C sets an event, which is looked at between two steps.

    Raised wherever it happens to come, it could leave an engine half started, whose threads then
    keep the process alive.
    """
    stop = threading.Event()
    former = signal.signal(signal.SIGINT, lambda _number, _frame: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, former)


def _library(made: Parts, host: str, wanted: str) -> str:
    """The id of the library that is meant, by id or name; the host is asked.

    Raises:
        Unknown: the host has no such library.
        Transient: the host cannot be asked; nothing has been queued.
    """
    connected = made.connect(SystemClock())
    try:
        there = connected[host].libraries()
    finally:
        for one in connected.values():
            one.close()
    fitting = [one.id for one in there if one.id == wanted]
    fitting = fitting or [one.id for one in there if one.name == wanted]
    if len(fitting) != 1:
        raise Unknown("library", wanted, [f"{one.id} ({one.name})" for one in there])
    return fitting[0]

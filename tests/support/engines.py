"""Engines and runners over fake hosts and a real store, in this process."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from shelfhook import manifest
from shelfhook.app.engine import Engine
from shelfhook.app.parts import Parts
from shelfhook.budget import Budget
from shelfhook.clock import SystemClock
from shelfhook.coalesce.calls import Call
from shelfhook.files.backups import Backups
from shelfhook.model import (
    EventKind,
    Job,
    JobRequest,
    JobState,
    LedgerChange,
    LedgerItem,
    NewEvent,
    Outcome,
    Trigger,
)
from shelfhook.ports import Action, ActionType, Clock
from shelfhook.runner import Runner, Setting
from shelfhook.runner.guard import Guard
from shelfhook.runner.journal import Journal
from shelfhook.settings import RoutineSettings, Settings
from shelfhook.store import Store
from tests.support.contexts import FolderFiles, at_once
from tests.support.hosts import AnalyzeIt, FakeHost, Nothing, Retitle
from tests.support.waiting import LIMIT, wait_until

TOKEN = "api-token-of-the-test"
ACTIONS: Mapping[str, ActionType] = {kind.name: kind for kind in (Nothing, Retitle, AnalyzeIt)}
ROUTINES: Mapping[str, Mapping[str, Any]] = {"sweep": {}}


def database(folder: Path) -> str:
    return f"sqlite:///{folder}/shelfhook.db"


def make_settings(
    folder: Path,
    hosts: Sequence[str] = ("fake",),
    routines: Mapping[str, Mapping[str, Any]] = ROUTINES,
    *,
    budget: int = 64,
    **engine: Any,
) -> Settings:
    """Settings whose routines, unless they say otherwise, do `retitle` with 4 workers."""
    routine = {"host": hosts[0], "actions": [{"name": "retitle"}]}
    return Settings.model_validate(
        {
            "web": {"token": TOKEN},
            "engine": {"quiet_seconds": 0.05, **engine},
            "paths": {"data": folder},
            "hosts": {
                name: {"kind": "fake", "url": "http://fake", "api_key": "k", "budget": budget}
                for name in hosts
            },
            "routines": {name: {**routine, **given} for name, given in routines.items()},
        }
    )


class Shelf:
    """A store and an engine over it; `start` and `stop` make new engines over the same store."""

    def __init__(
        self,
        folder: Path,
        *hosts: FakeHost,
        routines: Mapping[str, Mapping[str, Any]] = ROUTINES,
        actions: Mapping[str, ActionType] = ACTIONS,
        clock: Clock | None = None,
        listens: bool = False,
        **engine: Any,
    ) -> None:
        self.listens = listens
        self.hosts = {host.name: host for host in hosts}
        names = tuple(self.hosts)
        self.settings = make_settings(folder, names, routines, **engine)
        self.parts = Parts(self.settings, manifest.load(), actions, {}, ())
        self.clock = clock or SystemClock()
        self.store = Store(self.settings.paths.database_url)
        self.engine: Engine = self.make_engine()

    def make_engine(self) -> Engine:
        return Engine(self.parts, self.store, self.clock, self.hosts, listens=self.listens)

    def start(self) -> None:
        assert self.engine.acquire()
        self.engine.start()

    def restart(self) -> None:
        """A new engine over the same store; the former must have been stopped."""
        self.engine = self.make_engine()
        self.start()

    def with_routines(self, routines: Mapping[str, Mapping[str, Any]]) -> None:
        """Other routines for the next engine."""
        folder = self.settings.paths.data
        settings = make_settings(folder, tuple(self.hosts), routines)
        self.parts = replace(self.parts, settings=settings)

    def call(self, routine: str = "sweep", **more: Any) -> Job:
        """Queue a job by hand."""
        job, _ = self.engine.calls.call(Call(routine, **more))
        return job

    def scanned(self, library: str = "lib", delivery: str = "") -> None:
        """Drop a scan's event into the inbox."""
        host = next(iter(self.hosts))
        name = delivery or str(uuid.uuid4())
        event = NewEvent(host, EventKind.LIBRARY_SCANNED, name, 0, library)
        self.store.inbox.accept([event], self.clock.now())

    def job(self, job: Job) -> Job:
        return self.store.jobs.get(job.id)

    def wait(self, job: Job, state: JobState | None = None, limit: float = LIMIT) -> Job:
        """Wait until a job has a state (none given: a final one); give it as it is then."""

        def there() -> Job | None:
            now = self.job(job)
            right = now.state is state if state else now.state.final
            return now if right else None

        try:
            return wait_until(there, limit)
        except TimeoutError:
            raise TimeoutError(f"instead of {state or 'an end'}: {self.job(job)}") from None

    def items(self, job: Job) -> list[LedgerItem]:
        return all_items(self.store, job)

    def outcomes(self, job: Job) -> dict[str, Outcome | None]:
        return {row.item.id: row.outcome for row in self.items(job)}

    def changes(self, job: Job) -> list[LedgerChange]:
        return self.store.ledger.changes(job.num, limit=100_000)


@contextmanager
def shelf(folder: Path, *hosts: FakeHost, started: bool = True, **more: Any) -> Iterator[Shelf]:
    """A shelf with its engine at work; at the end every gate is opened and all threads end."""
    made = Shelf(folder, *hosts, **more)
    try:
        if started:
            made.start()
        yield made
    finally:
        for host in hosts:
            host.open_all()
        made.engine.stop()
        made.store.close()


def all_items(store: Store, job: Job) -> list[LedgerItem]:
    return store.ledger.items(job.num, limit=1_000_000)


class Bench:
    """One runner at a time over a real store, without an engine around it."""

    def __init__(
        self,
        folder: Path,
        host: FakeHost,
        *actions: Action,
        clock: Clock | None = None,
        workers: int = 4,
        routine: Mapping[str, Any] | None = None,
        budget: int = 64,
        **setting: Any,
    ) -> None:
        self.store = Store(database(folder))
        self.host = host
        self.actions = list(actions)
        self.clock = clock or SystemClock()
        self.routine = RoutineSettings.model_validate(
            {
                "host": host.name,
                "actions": [{"name": "retitle"}],
                "workers": workers,
                **(routine or {}),
            }
        )
        self.setting = Setting(
            store=self.store,
            hosts={host.name: host},
            budget=Budget({host.name: budget}),
            guard=Guard(),
            clock=self.clock,
            journal=Journal(self.clock),
            **{"files": {host.name: FolderFiles()}, "heavy": at_once, **setting},
            backups=Backups(folder / "backups", 30),
        )

    def queue(self, library: str = "lib", **more: Any) -> Job:
        trigger = more.pop("trigger", Trigger.ADMIN)
        request = JobRequest("sweep", self.host.name, library, trigger, **more)
        name = str(uuid.uuid4())
        event = NewEvent(self.host.name, EventKind.ROUTINE_CALLED, name, 0, library)
        job, _ = self.store.jobs.request(request, event, self.clock.now())
        return job

    def claim(self) -> Job:
        job = self.store.jobs.claim(self.clock.now())
        assert job is not None
        return job

    def runner(
        self,
        job: Job | None = None,
        seat: Callable[[bool], bool] = lambda _taken: True,
        **more: Any,
    ) -> Runner:
        if job is None:
            self.queue(**more)
            job = self.claim()
        return Runner(self.setting, job, self.routine, self.actions, seat)

    def run(self, **more: Any) -> Job:
        """One job from its queuing to its end."""
        runner = self.runner(**more)
        runner.run()
        return self.store.jobs.get(runner.job.id)

    def run_again(self, reason: str = "a restart") -> Job:
        """What a restart does with the job that was running."""
        (job_id,) = self.store.jobs.requeue_running(reason)
        self.runner(self.claim()).run()
        return self.store.jobs.get(job_id)

    def items(self, job: Job) -> list[LedgerItem]:
        return all_items(self.store, job)

    def outcomes(self, job: Job) -> dict[str, Outcome | None]:
        return {row.item.id: row.outcome for row in self.items(job)}

    def reasons(self, job: Job) -> dict[str, str]:
        return {row.item.id: row.reason for row in self.items(job)}

    def changes(self, job: Job) -> list[LedgerChange]:
        return self.store.ledger.changes(job.num, limit=100_000)

    def close(self) -> None:
        self.host.open_all()
        self.store.close()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def other_routine(routine: RoutineSettings, **changes: Any) -> RoutineSettings:
    """A routine with some keys different."""
    given = {"host": routine.host, "only_changed": routine.only_changed, **changes}
    return RoutineSettings.model_validate(given)

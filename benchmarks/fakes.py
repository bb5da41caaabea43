"""A host and an action that do nothing, or wait: what is left is the engine's own cost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from shelfhook import manifest
from shelfhook.app.engine import Engine
from shelfhook.app.parts import Parts
from shelfhook.clock import SystemClock
from shelfhook.model import (
    Account,
    Change,
    ChangeKind,
    EventKind,
    Fields,
    HostCheck,
    Item,
    ItemRef,
    Job,
    JobRequest,
    Library,
    NewEvent,
    Page,
    Trigger,
    Value,
)
from shelfhook.ports import Host, PlanContext
from shelfhook.settings import Settings
from shelfhook.store import Store


class IdleHost:
    """`items` books that are never changed; each read takes `seconds`."""

    kind = "idle"
    capabilities: frozenset[str] = frozenset()

    def __init__(self, items: int, seconds: float = 0.0) -> None:
        self.name = "bench"
        self._items = items
        self._seconds = seconds

    def check(self) -> HostCheck:
        return HostCheck(True, "fine")

    def whoami(self) -> Account:
        return Account("bench", admin=True)

    def libraries(self) -> Sequence[Library]:
        return [Library("lib", "Library")]

    def pages(self, library: str, *, size: int, fingerprints: bool = True) -> Iterator[Page]:
        for start in range(0, self._items, size):
            end = min(self._items, start + size)
            yield Page(
                tuple(
                    ItemRef(f"0BOOK{i:08d}", f"file{i}.cbz", "series") for i in range(start, end)
                ),
                self._items,
            )

    def item(self, item_id: str) -> Item:
        if self._seconds:
            time.sleep(self._seconds)
        return Item(item_id, item_id)

    def series(self, series_id: str) -> Item:
        raise AssertionError("no series is ever asked for")

    def series_marks(self, library: str) -> Iterator[tuple[str, str]]:
        return iter(())

    def lock(self, entity: str, field: str) -> str:
        return ""

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        return value

    def fingerprint(self, item: Item) -> str:
        return item.id

    def overloads(self) -> int:
        return 0

    def backlog(self, seconds: float) -> int | None:
        return 0

    def write(self, entity: str, entity_id: str, fields: Fields) -> None:
        raise AssertionError("nothing is ever written")

    def command(self, entity: str, entity_id: str, command: str) -> None:
        raise AssertionError("nothing is ever commanded")

    def down_until(self) -> None:
        return None

    def close(self) -> None:
        pass


class NoParameters(BaseModel):
    pass


class Nothing:
    """Plans nothing."""

    name = "nothing"
    parameters = NoParameters
    needs: frozenset[str] = frozenset()

    def __init__(self, parameters: BaseModel) -> None:
        pass

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        return ()


class Retitle(Nothing):
    """Gives every book the title `after`."""

    name = "retitle"

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        before = {"title": item.fields["title"]}
        return (Change(ChangeKind.FIELDS, "book", item.id, before, {"title": "after"}),)


def settings(folder: Path, workers: int, action: str, **engine: object) -> Settings:
    return Settings.model_validate(
        {
            "hosts": {
                "bench": {"kind": "idle", "url": "http://127.0.0.1", "api_key": "x", "budget": 64}
            },
            "routines": {
                "work": {"host": "bench", "actions": [{"name": action}], "workers": workers}
            },
            "engine": {"log_level": "WARNING", **engine},
            "paths": {"data": str(folder)},
        },
        context=surroundings(folder),
    )


def surroundings(folder: Path, hosts: tuple[str, ...] = ("bench",)) -> object:
    from shelfhook.settings.base import Surroundings

    return Surroundings(
        folder=folder,
        kinds=("idle",),
        check_action=lambda *_: [],
        check_cron=lambda *_: None,
        hosts=hosts,
    )


@dataclass
class Bench:
    """An engine over a store in a folder."""

    folder: Path
    host: Host
    workers: int = 4
    action: str = "nothing"
    library: str = "lib"

    def __enter__(self) -> Bench:
        made = settings(self.folder, self.workers, self.action)
        parts = Parts(made, manifest.load(), {"nothing": Nothing, "retitle": Retitle}, {}, ())
        self.store = Store(made.paths.database_url)
        self.engine = Engine(parts, self.store, SystemClock(), {"bench": self.host})
        self.engine.acquire()
        self.engine.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop()
        self.store.close()

    def run(self) -> tuple[Job, float]:
        """Queue one job and wait for its end; gives it and the seconds from queue to end.

        The times are the store's own, so that looking seldom costs no accuracy: looking often
        would cost the engine its processor.
        """
        clock = time.perf_counter()
        job, _ = self.store.jobs.request(
            JobRequest("work", "bench", self.library, Trigger.ADMIN),
            NewEvent("bench", EventKind.ROUTINE_CALLED, f"bench:{clock}"),
            time.time(),
        )
        self.engine.dispatcher.sweep()
        while not (job := self.store.jobs.get(job.id)).state.final:
            time.sleep(0.25)  # each look costs the engine a millisecond of the interpreter
        assert job.finished_at
        return job, job.finished_at - job.created_at

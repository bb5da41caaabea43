"""Stores for tests: on SQLite, on a real PostgreSQL, and what is put into them.

A conftest imports the fixtures it needs. Each test has empty tables of its own; the schema is made
once for the whole run, since a migration costs more than most tests.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, text

from shelfhook.model import (
    EventKind,
    ItemRef,
    Job,
    JobRequest,
    JobState,
    NewEvent,
    Outcome,
    Result,
    Trigger,
)
from shelfhook.store import Store
from shelfhook.store.engine import writing
from shelfhook.store.entries import Batch
from shelfhook.store.tables import metadata
from tests.support import postgres

R = TypeVar("R")
NOW = 1_700_000_000.0
LONG = 10.0
"""Seconds after which a test that waits has failed."""


# -- fixtures --


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """The server of this run. Not installed: a visible skip, or an error where it is required."""
    try:
        postgres.binaries()
    except postgres.Missing as missing:
        if os.environ.get(postgres.REQUIRED) == "1":
            raise
        pytest.skip(str(missing))
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres_server: postgres.Server) -> str:
    """URL of a database with the schema in it, shared by the tests one after the other."""
    url = postgres_server.create("contracts")
    Store(url).close()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema in it, to be copied."""
    file = tmp_path_factory.mktemp("template") / "shelfhook.db"
    Store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of an SQLite file of this test's own."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'shelfhook.db')}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """URL of a database with empty tables, once on SQLite and once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "emptied_postgres"
    return str(request.getfixturevalue(name))


@pytest.fixture
def emptied_postgres(postgres_server: postgres.Server, postgres_database: str) -> str:
    """URL of the shared database, without what earlier tests have left in it."""
    tables = reversed(metadata.sorted_tables)  # TRUNCATE takes ten times as long
    with postgres_server.connect("contracts") as connection:
        connection.execute(
            "SET lock_timeout = '10s';" + "".join(f"DELETE FROM {one};" for one in tables)
        )
    return postgres_database


@pytest.fixture
def postgres_stores(
    emptied_postgres: str, open_postgres_stores: tuple[Store, Store]
) -> tuple[Store, Store]:
    """Two stores over empty tables, as two processes have them."""
    del emptied_postgres  # has emptied them
    return open_postgres_stores


@pytest.fixture(scope="session")
def open_postgres_stores(postgres_database: str) -> Iterator[tuple[Store, Store]]:
    """Two open stores for all tests: to connect takes longer than most of them."""
    with Store(postgres_database) as one, Store(postgres_database) as two:
        yield one, two


@pytest.fixture
def store(request: pytest.FixtureRequest, database: str) -> Iterator[Store]:
    """A store over empty tables, once on SQLite and once on PostgreSQL."""
    yield from _opened(request, database, 0)


@pytest.fixture
def other(request: pytest.FixtureRequest, database: str, store: Store) -> Iterator[Store]:
    """A second store on the same database, as another process has it."""
    yield from _opened(request, database, 1)


def _opened(request: pytest.FixtureRequest, database: str, place: int) -> Iterator[Store]:
    if database.startswith("postgresql"):
        yield request.getfixturevalue("postgres_stores")[place]
        return
    with Store(database) as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """A store on SQLite alone, for tests of what stands above it."""
    with Store(sqlite_url) as opened:
        yield opened


# -- what is put into a store --


def scan(delivery: str, library: str = "L1", host: str = "komga") -> NewEvent:
    return NewEvent(host, EventKind.LIBRARY_SCANNED, delivery, library=library)


def changed(delivery: str, item: str, library: str = "L1", host: str = "komga") -> NewEvent:
    return NewEvent(host, EventKind.ITEM_CHANGED, delivery, library=library, item=item)


def call(delivery: str, routine: str = "tidy", library: str = "L1") -> NewEvent:
    return NewEvent("komga", EventKind.ROUTINE_CALLED, delivery, library=library, routine=routine)


def wanted(
    routine: str = "tidy",
    library: str = "L1",
    *,
    priority: int = 0,
    dry_run: bool = False,
    items: tuple[str, ...] = (),
    parent: str = "",
) -> JobRequest:
    return JobRequest(
        routine, "komga", library, Trigger.ADMIN, priority, dry_run, items, parent=parent
    )


_calls = iter(range(1_000_000))


def queue(
    store: Store, routine: str = "tidy", library: str = "L1", *, priority: int = 0, now: float = NOW
) -> Job:
    """A queued job."""
    request = wanted(routine, library, priority=priority)
    return store.jobs.request(request, call(f"call-{next(_calls)}", routine, library), now)[0]


def job_in(store: Store, state: JobState, routine: str = "tidy", library: str = "L1") -> Job:
    """A job that has come to a state in the way jobs do."""
    job = queue(store, routine, library)
    if state is JobState.QUEUED:
        return job
    claimed = store.jobs.claim(NOW)
    assert claimed is not None
    assert claimed.id == job.id
    if state is not JobState.RUNNING:
        assert store.jobs.move(job.num, state, NOW, "as the test wants it")
    return store.jobs.get(job.id)


def refs(*names: str) -> list[ItemRef]:
    return [ItemRef(name, f"{name}.cbz") for name in names]


def batch(job: Job, *ends: tuple[int, Outcome], now: float = NOW) -> Batch:
    """Outcomes by the items' numbers."""
    results = [Result(seq, f"item-{seq}", outcome) for seq, outcome in ends]
    return Batch(job.num, job.host, results, now)


# -- looking and holding --


def count(store: Store, table: str, where: str = "1 = 1") -> int:
    """Rows of a table, by a connection of its own: only what is committed."""
    with store._read_engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar())


def together(count: int, work: Callable[[int], R]) -> list[R]:
    """Run `work(0 … count-1)` in as many threads, all begun at a barrier; results in order."""
    barrier = threading.Barrier(count)

    def one(number: int) -> R:
        barrier.wait(LONG)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


class Hold:
    """Keeps a store's writer inside a transaction until it is let go.

    What others submit meanwhile gathers in the queue and makes one group.
    """

    def __init__(self, store: Store) -> None:
        self._begun = threading.Event()
        self._go = threading.Event()
        self._ticket = store.writer.submit(self._operation, None)

    def _operation(self, connection: Connection, calls: Sequence[None]) -> list[None]:
        self._begun.set()
        assert self._go.wait(LONG)
        return [None] * len(calls)

    def __enter__(self) -> Hold:
        assert self._begun.wait(LONG)
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()

    def let_go(self) -> None:
        self._go.set()
        self._ticket.wait(LONG)


class Elsewhere:
    """A write transaction of another process, open until it is committed."""

    def __init__(self, store: Store) -> None:
        self.connection = writing(store.url).connect()
        self._transaction = self.connection.begin()

    def lock(self) -> None:
        """Keep every writer out; SQLite does so from the start."""
        if self.connection.dialect.name == "postgresql":
            tables = ", ".join(table.name for table in metadata.sorted_tables)
            self.connection.execute(text(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))

    def wait_until_blocked(self, store: Store) -> None:
        """Until the writer of `store` waits for us (SQLite cannot tell, and need not)."""
        if store.url.get_backend_name() == "sqlite":
            return
        query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        until = time.monotonic() + LONG
        with store._read_engine.connect() as connection:
            while not connection.execute(query).scalar():
                assert time.monotonic() < until
                time.sleep(0.005)  # it cannot tell us; ask again

    def commit(self) -> None:
        self._transaction.commit()

    def __enter__(self) -> Elsewhere:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.connection.engine.dispose()

"""Connections are set up as the design page says, and locks are waited for."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shelfhook.errors import StoreUnavailable
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    FireResult,
    Job,
    JobState,
    Outcome,
    Wish,
)
from shelfhook.store import Store, engine
from shelfhook.store.schedules import Due
from shelfhook.store.status import Beat
from tests.support.stores import (
    LONG,
    NOW,
    Elsewhere,
    batch,
    call,
    job_in,
    refs,
    scan,
    wanted,
)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL
        ("foreign_keys", 1),
        ("busy_timeout", 30_000),
    ],
)
def test_every_connection_to_sqlite_is_durable_and_strict(
    sqlite_store: Store, pragma: str, value: object
) -> None:
    query = text(f"PRAGMA {pragma}")
    with sqlite_store._read_engine.connect() as reading:
        assert reading.execute(query).scalar() == value
    asked = sqlite_store.writer.call(
        lambda connection, calls: [connection.execute(query).scalar() for _ in calls], None
    )
    assert asked == value


def test_readers_of_sqlite_cannot_write(sqlite_store: Store) -> None:
    with (
        pytest.raises(StoreUnavailable, match="readonly"),
        sqlite_store._read_engine.connect() as reading,
    ):
        reading.execute(text("DELETE FROM jobs"))


def test_a_row_cannot_hang_on_a_job_that_does_not_exist(store: Store) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        store.ledger.add(4711, 0, refs("a"))


def test_readers_see_what_was_committed_after_they_connected(store: Store, other: Store) -> None:
    with other._read_engine.connect() as reading:
        query = text("SELECT count(*) FROM events")
        assert reading.execute(query).scalar() == 0
        store.inbox.accept([scan("d1")], NOW)
        assert reading.execute(query).scalar() == 1


# -- somebody else holds the lock --

Work = Callable[[Store, Job], object]
CHANGE = Change(ChangeKind.FIELDS, "book", "B1", {"title": ""}, {"title": "x"})
DUE = Due("nightly", NOW, FireResult.RAN, "", wanted("nightly"), call("s1", "nightly"), "j1")
WORKS: dict[str, Work] = {
    "accept": lambda s, _: s.inbox.accept([scan("d9")], NOW),
    "drop": lambda s, _: s.inbox.drop([1], "why"),
    "request": lambda s, _: s.jobs.request(wanted("verify"), call("c9"), NOW),
    "take_events": lambda s, _: s.jobs.take_events("komga", "L1", [wanted()], NOW),
    "wish": lambda s, job: s.jobs.wish(job.id, Wish.PAUSE, NOW),
    "claim": lambda s, _: s.jobs.claim(NOW),
    "move": lambda s, job: s.jobs.move(job.num, JobState.PAUSED, NOW),
    "grant": lambda s, job: s.jobs.grant(job.num, Wish.PAUSE),
    "mark": lambda s, job: s.jobs.mark(job.num, limit=2),
    "requeue_running": lambda s, _: s.jobs.requeue_running("why"),
    "add": lambda s, job: s.ledger.add(job.num, 9, refs("z")),
    "listed": lambda s, job: s.ledger.listed(job.num),
    "record": lambda s, job: s.ledger.record(batch(job, (0, Outcome.CHANGED))).wait(),
    "cancel_pending": lambda s, job: s.ledger.cancel_pending(job.num, NOW),
    "intend": lambda s, job: s.ledger.intend(job.num, 0, [CHANGE], ChangeState.INTENDED),
    "know": lambda s, _: s.schedules.know("weekly", "0 3 * * 0", "", NOW),
    "log": lambda s, _: s.schedules.log(DUE, NOW),
    "beat": lambda s, _: s.status.beat([Beat("a", NOW, 1, True, {})]),
    "forget": lambda s, _: s.status.forget(["a"]),
    "note_lease": lambda s, _: s.note_lease(NOW),
    "clean": lambda s, _: s.clean(NOW),
}


@pytest.fixture
def job(store: Store) -> Job:
    found = job_in(store, JobState.RUNNING)
    store.ledger.add(found.num, 0, refs("a", "b"))
    store.schedules.know("nightly", "0 3 * * *", "", NOW - 10)
    return found


@pytest.mark.parametrize("name", WORKS)
def test_whatever_writes_waits_for_a_lock_and_then_succeeds(
    store: Store, other: Store, job: Job, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trying, done = threading.Event(), threading.Event()
    submit = store.writer.submit

    def submitted(*call: Any) -> Any:
        ticket = submit(*call)
        trying.set()
        return ticket

    monkeypatch.setattr(store.writer, "submit", submitted)
    failures: list[Exception] = []

    def work() -> None:
        try:
            WORKS[name](store, job)
        except Exception as error:  # noqa: BLE001 - a thread's root: looked at below
            failures.append(error)
        done.set()

    with Elsewhere(other) as transaction:
        transaction.lock()
        thread = threading.Thread(target=work)
        thread.start()
        assert trying.wait(LONG)
        assert not done.is_set()
        transaction.commit()
    assert done.wait(LONG)
    thread.join(LONG)
    assert failures == []


READS: dict[str, Work] = {
    "waiting": lambda s, _: s.inbox.waiting(),
    "kinds": lambda s, _: s.inbox.kinds("komga", "L1"),
    "events": lambda s, _: s.inbox.page(),
    "job": lambda s, job: s.jobs.get(job.id),
    "jobs": lambda s, _: s.jobs.page(),
    "claimable": lambda s, _: s.jobs.claimable(),
    "wishes": lambda s, _: s.jobs.wishes(),
    "items": lambda s, job: s.ledger.items(job.num),
    "changes": lambda s, job: s.ledger.changes(job.num),
    "fires": lambda s, _: s.schedules.page(),
    "beats": lambda s, _: s.status.beats(),
    "ping": lambda s, _: s.status.ping(),
}


@pytest.mark.parametrize("name", READS)
def test_whatever_reads_does_not_wait_for_a_writer(
    store: Store, other: Store, job: Job, name: str
) -> None:
    with Elsewhere(other) as transaction:
        transaction.lock()
        READS[name](store, job)


PROCESS = """
import sys
from sqlalchemy import text
from shelfhook.store import engine
with engine.writing(engine.parse(sys.argv[1])).connect() as connection:
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE events IN EXCLUSIVE MODE"))
        connection.execute(text("DELETE FROM events"))
        print("held", flush=True)
        sys.stdin.readline()
"""


@contextmanager
def process_with_the_lock(url: str) -> Iterator[Callable[[], None]]:
    """Another process that holds the write lock; gives how to make it let go."""
    with subprocess.Popen(
        [sys.executable, "-c", PROCESS, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == "held"
            stdin = process.stdin

            def let_go() -> None:
                stdin.write("\n")
                stdin.flush()

            yield let_go
        finally:
            process.kill()


def test_a_writer_waits_while_another_process_holds_the_lock(
    store: Store, other: Store, database: str
) -> None:
    from shelfhook.store.inbox import accept_all

    with process_with_the_lock(database) as let_go:
        ticket = store.writer.submit(accept_all, ((scan("d1"),), NOW))
        assert not ticket.done()
        let_go()
        [receipt] = ticket.wait(LONG)
    assert other.inbox.get(receipt.event_id) is not None


@pytest.mark.crash
def test_a_writer_goes_on_when_the_process_with_the_lock_is_killed(
    store: Store, database: str
) -> None:
    with process_with_the_lock(database):
        from shelfhook.store.inbox import accept_all

        ticket = store.writer.submit(accept_all, ((scan("d1"),), NOW))
        assert not ticket.done()
    assert not ticket.wait(LONG)[0].duplicate


def impatient(store: Store) -> None:
    """Have the writer meet the lock at once instead of after half a minute."""

    def operation(connection: Connection, calls: object) -> list[None]:
        connection.execute(
            text(
                "PRAGMA busy_timeout = 1"
                if connection.dialect.name == "sqlite"
                else "SET lock_timeout = '1ms'"
            )
        )
        return [None]

    store.writer.call(operation, None)


def test_a_lock_that_lasts_too_long_is_said_to_the_caller_and_the_writer_lives(
    sqlite_store: Store,
) -> None:
    impatient(sqlite_store)
    with Elsewhere(sqlite_store) as transaction:
        with pytest.raises(StoreUnavailable, match="locked") as caught:
            sqlite_store.inbox.accept([scan("d1")], NOW)
        assert not isinstance(caught.value, DBAPIError)
        transaction.commit()
    assert not sqlite_store.inbox.accept([scan("d1")], NOW)[0].duplicate


@pytest.mark.postgres
def test_two_writers_that_lock_each_others_rows_both_succeed(
    postgres_stores: tuple[Store, Store],
) -> None:
    """PostgreSQL ends one of two that wait for each other; it is tried again."""
    store, other = postgres_stores
    one, two = (job_in(store, JobState.RUNNING, "crosswise", library) for library in "AB")
    both_hold = threading.Barrier(2)
    update = text("UPDATE jobs SET limit_now = limit_now + 1 WHERE num = :num")

    def crosswise(first: Job, second: Job) -> Callable[[Connection, object], list[None]]:
        tries: list[int] = []

        def operation(connection: Connection, calls: object) -> list[None]:
            connection.execute(update, {"num": first.num})
            if not tries:
                tries.append(1)
                both_hold.wait(LONG)
            connection.execute(update, {"num": second.num})
            return [None]

        return operation

    tickets = [
        store.writer.submit(crosswise(one, two), None),  # type: ignore[arg-type]
        other.writer.submit(crosswise(two, one), None),  # type: ignore[arg-type]
    ]
    for ticket in tickets:
        ticket.wait(LONG)
    assert [store.jobs.get(job.id).limit for job in (one, two)] == [2, 2]


def test_a_driver_that_is_missing_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from shelfhook.errors import ConfigurationError

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"install shelfhook\[postgres\]"):
        engine.writing(engine.parse("postgresql://u:p@h/d"))

"""The lease: one engine at a time, and free as soon as its holder is gone, however it went."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shelfhook.store import Store
from tests.support.stores import LONG

HOLDER = """
import sys
from shelfhook.store import Store
lease = Store(sys.argv[1]).lease()
print(lease.acquire(), flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(url: str) -> Iterator[tuple[subprocess.Popen[str], bool]]:
    """Another process that tries to take the lease, and whether it could."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip() == "True"
        finally:
            process.kill()


def test_the_lease_is_held_by_one(store: Store, other: Store) -> None:
    mine, theirs = store.lease(), other.lease()
    assert (mine.held(), theirs.held()) == (False, False)
    assert mine.acquire()
    assert not theirs.acquire()
    assert (mine.held(), theirs.held()) == (True, False)
    assert mine.acquire()  # ours already
    mine.release()
    assert theirs.acquire()
    assert not mine.acquire()
    theirs.release()


def test_giving_back_what_is_not_ours_is_harmless(store: Store, other: Store) -> None:
    mine, theirs = store.lease(), other.lease()
    assert mine.acquire()
    theirs.release()
    theirs.release()
    assert mine.held()
    mine.release()
    mine.release()
    assert not mine.held()


@pytest.mark.crash
def test_the_lease_is_free_as_soon_as_its_holder_is_killed(store: Store, database: str) -> None:
    lease = store.lease()
    with holder(database) as (process, got_it):
        assert got_it
        assert not lease.acquire()
        process.kill()
        assert process.wait(LONG) < 0
        if store.url.get_backend_name() == "postgresql":
            wait_for_the_server_to_notice(store)
        assert lease.acquire()
        lease.release()


def test_another_process_cannot_take_a_lease_that_is_held(store: Store, database: str) -> None:
    lease = store.lease()
    assert lease.acquire()
    with holder(database) as (_, got_it):
        assert not got_it
    lease.release()


@pytest.mark.postgres
def test_a_lease_ends_with_the_connection_that_holds_it(
    postgres_database: str, postgres_server: object
) -> None:
    from tests.support.postgres import Server

    assert isinstance(postgres_server, Server)
    with Store(postgres_database) as store, Store(postgres_database) as other:
        mine, theirs = store.lease(), other.lease()
        assert mine.acquire()
        with postgres_server.connect("contracts") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
            )
        assert not mine.held()
        assert theirs.acquire()
        assert not mine.acquire()
        theirs.release()
        mine.release()


def wait_for_the_server_to_notice(store: Store) -> None:
    """PostgreSQL ends the session of a killed client when it sees the socket close."""
    import time

    from sqlalchemy import text

    until = time.monotonic() + LONG
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    with store._read_engine.connect() as connection:
        while connection.execute(query).scalar():
            assert time.monotonic() < until
            time.sleep(0.01)  # it cannot tell us; ask again

"""The writer: groups share a commit, and nobody pays for a neighbour's mistake."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, text

from shelfhook.errors import StoreUnavailable
from shelfhook.store import Store
from shelfhook.store.inbox import accept_all
from tests.support.postgres import Server
from tests.support.stores import LONG, NOW, Hold, count, scan, together


def insert(connection: Connection, calls: Sequence[str]) -> list[str]:
    """A plain operation: writes each argument as an event's id."""
    for name in calls:
        connection.execute(
            text("INSERT INTO events (id, received_at) VALUES (:id, 0)"), {"id": name}
        )
    return list(calls)


def stumble(connection: Connection, calls: Sequence[str]) -> list[str]:
    """Writes, then fails."""
    insert(connection, [f"half-{name}" for name in calls])
    raise LookupError("stumbled")


def ids(store: Store) -> list[str]:
    with store._read_engine.connect() as connection:
        found = connection.execute(text("SELECT id FROM events ORDER BY seq"))
        return [str(row[0]) for row in found]


def test_calls_that_gather_while_the_writer_is_busy_share_one_commit(store: Store) -> None:
    commits, calls = store.writer.commits, store.writer.calls
    with Hold(store):
        tickets = [store.writer.submit(insert, f"e{number}") for number in range(100)]
    assert [ticket.wait() for ticket in tickets] == [f"e{number}" for number in range(100)]
    assert store.writer.commits - commits == 2  # the one that held, and all hundred
    assert store.writer.calls - calls == 101


def test_many_threads_that_wait_share_commits(store: Store) -> None:
    commits = store.writer.commits
    with Hold(store) as hold:
        gathered = threading.Barrier(33)
        tickets = []

        def work(number: int) -> None:
            ticket = store.writer.submit(accept_all, ((scan(f"d{number}"),), NOW))
            tickets.append(ticket)
            gathered.wait(LONG)
            ticket.wait(LONG)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        gathered.wait(LONG)
        hold.let_go()
        for thread in threads:
            thread.join(LONG)
    assert count(store, "events") == 32
    assert store.writer.commits - commits == 2


def test_a_group_has_a_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelfhook.store.writer.GROUP", 10)
    commits = store.writer.commits
    with Hold(store):
        tickets = [store.writer.submit(insert, f"e{number}") for number in range(25)]
    for ticket in tickets:
        ticket.wait()
    assert store.writer.commits - commits == 1 + 3


def test_an_operation_that_fails_takes_no_neighbour_with_it(store: Store) -> None:
    with Hold(store):
        before = store.writer.submit(insert, "before")
        bad = store.writer.submit(stumble, "bad")
        after = store.writer.submit(insert, "after")
    assert (before.wait(), after.wait()) == ("before", "after")
    with pytest.raises(LookupError, match="stumbled"):
        bad.wait()
    assert ids(store) == ["before", "after"]


def test_one_call_of_many_of_the_same_operation_that_fails_fails_alone(store: Store) -> None:
    store.writer.call(insert, "e1")
    with Hold(store):
        tickets = [store.writer.submit(insert, f"e{number}") for number in range(3)]
    assert (tickets[0].wait(), tickets[2].wait()) == ("e0", "e2")
    with pytest.raises(Exception, match=r"(?i)unique"):
        tickets[1].wait()
    assert sorted(ids(store)) == ["e0", "e1", "e2"]


def test_an_operation_with_a_wrong_number_of_results_fails_alone_and_the_writer_lives(
    store: Store,
) -> None:
    with Hold(store):
        good = store.writer.submit(insert, "good")
        bad = store.writer.submit(lambda connection, calls: [], None)
        also = store.writer.submit(insert, "also")
    assert (good.wait(LONG), also.wait(LONG)) == ("good", "also")
    with pytest.raises(Exception, match="result"):
        bad.wait(LONG)
    assert ids(store) == ["good", "also"]


def test_the_calls_of_a_thread_commit_in_their_order(store: Store) -> None:
    def work(thread: int) -> None:
        tickets = [store.writer.submit(insert, f"{thread}:{step:03}") for step in range(40)]
        tickets[-1].wait(LONG)
        assert all(ticket.done() for ticket in tickets)

    together(6, work)
    written = ids(store)
    for thread in range(6):
        mine = [name for name in written if name.startswith(f"{thread}:")]
        assert mine == sorted(mine)
        assert len(mine) == 40


def test_different_operations_keep_the_order_of_the_queue(store: Store) -> None:
    def delete_all(connection: Connection, calls: Sequence[None]) -> list[None]:
        connection.execute(text("DELETE FROM events"))
        return [None] * len(calls)

    with Hold(store):
        store.writer.submit(insert, "gone")
        store.writer.submit(delete_all, None)
        last = store.writer.submit(insert, "kept")
    last.wait()
    assert ids(store) == ["kept"]


def test_a_result_is_there_only_after_the_commit(store: Store, other: Store) -> None:
    def see(number: int) -> None:
        for step in range(10):
            name = store.writer.call(insert, f"{number}-{step}")
            assert count(other, "events", f"id = '{name}'") == 1

    together(4, see)


def test_closing_commits_what_is_queued(database: str, store: Store) -> None:
    with Store(database) as closing:
        hold = Hold(closing)
        with hold:
            tickets = [closing.writer.submit(insert, f"e{number}") for number in range(20)]
            closer = threading.Thread(target=closing.close)
            closer.start()
        closer.join(LONG)
        assert not closer.is_alive()
        assert all(ticket.done() for ticket in tickets)
    assert count(store, "events") == 20


def test_nothing_can_be_submitted_after_closing(database: str) -> None:
    store = Store(database)
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.inbox.accept([scan("d1")], NOW)
    assert store.writer._thread.is_alive() is False


def test_a_caller_does_not_wait_for_ever(store: Store) -> None:
    with Hold(store):
        ticket = store.writer.submit(insert, "late")
        with pytest.raises(StoreUnavailable, match="did not answer"):
            ticket.wait(0.01)


def test_what_its_caller_has_given_up_is_not_done_behind_its_back(store: Store) -> None:
    """A claim that comes too late would leave a running job that nobody runs."""
    with Hold(store):
        late = store.writer.submit(insert, "late")
        with pytest.raises(StoreUnavailable):
            late.wait(0.01)
        patient = store.writer.submit(insert, "patient")
    assert patient.wait() == "patient"
    assert ids(store) == ["patient"]
    with pytest.raises(StoreUnavailable):
        late.wait(0.01)


@pytest.mark.postgres
def test_the_writer_and_the_readers_find_back_to_a_server_that_cut_them_off(
    postgres_server: Server,
) -> None:
    with Store(postgres_server.create("cut")) as store:
        store.inbox.accept([scan("before-the-cut")], NOW)
        store.jobs.page()
        with postgres_server.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'cut'"
            )
        assert store.inbox.accept([scan("before-the-cut")], NOW)[0].duplicate
        store.jobs.page()

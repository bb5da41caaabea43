"""What the store says never holds a secret, and what a host calls its books breaks nothing."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from shelfhook.errors import Permanent, ShelfhookError, StoreUnavailable
from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    ItemRef,
    Job,
    JobState,
    Outcome,
    Result,
)
from shelfhook.store import Store, engine
from shelfhook.store.entries import Batch, add_all, intend_all
from tests.support.postgres import PASSWORD, Server
from tests.support.stores import NOW, Elsewhere, Hold, call, job_in, refs, scan, wanted

SECRET = "s3cr3t-of-the-host"


def everything(error: BaseException | None) -> str:
    """An error as a log with a traceback would show it, with all that hangs on it."""
    told = ""
    while error is not None:
        told += f"{error!r} {error} "
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told


@pytest.fixture
def job(store: Store) -> Job:
    return job_in(store, JobState.RUNNING)


def rename(table: str, name: str, store: Store) -> None:
    with Elsewhere(store) as transaction:
        transaction.connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}")
        transaction.commit()


# -- secrets --


def test_an_error_of_the_database_tells_neither_statement_nor_parameters(
    store: Store, job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    change = Change(ChangeKind.FIELDS, "book", "B", {"key": SECRET}, {"key": SECRET})
    with pytest.raises(Permanent) as caught:
        store.ledger.intend(job.num, 99, [change], ChangeState.INTENDED)  # no such item
    told = everything(caught.value) + caplog.text
    assert SECRET not in told
    assert "INSERT" not in told


def test_an_error_of_a_reader_tells_neither_statement_nor_parameters(store: Store) -> None:
    rename("fingerprints", "fingerprints_away", store)
    try:
        with pytest.raises(ShelfhookError) as caught:
            store.ledger.fingerprint("komga", SECRET)
    finally:
        rename("fingerprints_away", "fingerprints", store)
    told = everything(caught.value)
    assert SECRET not in told
    assert "SELECT" not in told


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-host.invalid"])
def test_a_server_that_cannot_be_reached_is_said_so_without_the_password(host: str) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened") as caught:
        Store(f"postgresql://shelfhook:{SECRET}@{host}/shelfhook?connect_timeout=3")
    assert SECRET not in everything(caught.value)


@pytest.mark.postgres
def test_a_wrong_password_is_not_repeated(postgres_server: Server) -> None:
    with pytest.raises(StoreUnavailable, match="password authentication failed") as caught:
        Store(postgres_server.url("postgres", SECRET))
    assert SECRET not in everything(caught.value)


def test_the_url_as_text_hides_the_password(store: Store) -> None:
    shown = f"{store.url} {store.url!r} {store._write_engine!r} {store._read_engine!r}"
    assert PASSWORD not in shown
    assert SECRET not in f"{engine.parse(f'postgresql://u:{SECRET}@h/d')}"


# -- strange names --

STRANGE = [
    "nul\0inside",
    "\0",
    "half \ud83d pair",
    "\udc80",
    "\ud800\0",
]
FINE = [
    "Ünïcödé ☃ 日本語 🦄.cbz",
    "quotes \" ' ` \\ and \\u0000 spelt out",
    "line\nbreak\ttab\x01\x1f\x7f",
    "%s :name ? $1 {}",
    "-- '; DROP TABLE jobs; --",
    " \u2028\u2029\ufeff",
    "",
    "x" * 5_000,
]


@pytest.mark.parametrize("name", FINE)
def test_names_are_kept_as_they_are(store: Store, job: Job, name: str) -> None:
    store.ledger.add(job.num, 0, [ItemRef(f"id {name}", name, name)])
    [item] = store.ledger.pending(job.num, -1, 10)
    assert item.item == ItemRef(f"id {name}", name, name)
    result = Result(0, f"id {name}", Outcome.FAILED, reason=name, fingerprint=name or "x")
    store.ledger.record(Batch(job.num, "komga", [result], NOW)).wait()
    assert store.ledger.items(job.num)[0].reason == name
    assert store.ledger.fingerprint("komga", f"id {name}") == (name or "x")


@pytest.mark.parametrize("name", STRANGE)
def test_what_no_database_can_hold_is_replaced_in_names(store: Store, job: Job, name: str) -> None:
    [added] = store.ledger.add(job.num, 0, [ItemRef("B1", name, name)])
    assert added.item.name == name
    [item] = store.ledger.pending(job.num, -1, 10)
    assert item.item.name == item.item.series
    assert "\ufffd" in item.item.name
    item.item.name.encode()
    result = Result(0, "B1", Outcome.FAILED, reason=f"no: {name}", fingerprint=name)
    store.ledger.record(Batch(job.num, "komga", [result], NOW)).wait()
    assert "\ufffd" in store.ledger.items(job.num)[0].reason
    assert store.ledger.fingerprint("komga", "B1") is not None


@pytest.mark.parametrize("name", [*STRANGE, *FINE])
def test_a_value_before_and_after_comes_back_exactly(store: Store, job: Job, name: str) -> None:
    """Undo must write what was there, whatever it was."""
    store.ledger.add(job.num, 0, refs("a"))
    change = Change(ChangeKind.FIELDS, "book", "a", {"t": name}, {"t": [name, {"k": name}]})
    store.ledger.intend(job.num, 0, [change], ChangeState.INTENDED)
    [kept] = store.ledger.changes(job.num)
    assert kept.change == change


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_name_poisons_no_neighbour_in_its_group(
    store: Store, job: Job, name: str
) -> None:
    second = job_in(store, JobState.RUNNING, library="L2")
    with Hold(store):
        tickets = [
            store.writer.submit(add_all, (job.num, 0, tuple(refs("a")))),
            store.writer.submit(add_all, (second.num, 0, (ItemRef(name, name),))),
            store.writer.submit(add_all, (job.num, 1, tuple(refs("b")))),
        ]
    assert [ticket.wait() for ticket in tickets] == [None, None, None]


@pytest.mark.parametrize("name", STRANGE)
def test_events_and_calls_with_strange_ids_are_kept_safely(store: Store, name: str) -> None:
    strange = replace(scan(name, library=name), item=name)
    [first] = store.inbox.accept([strange], NOW)
    [again] = store.inbox.accept([strange], NOW)
    assert (first.event_id, again.duplicate) == (again.event_id, True)
    [group] = store.inbox.waiting()
    assert "\ufffd" in group.library
    [job_id] = store.jobs.take_events(group.host, group.library, [wanted()], NOW)
    assert store.inbox.waiting() == []
    called, _ = store.jobs.request(wanted(library=name, items=(name,)), call("c", library=name), 1)
    assert called.id != job_id
    assert "\ufffd" in called.library


@pytest.mark.parametrize("name", STRANGE)
def test_a_reason_or_a_question_with_strange_characters_breaks_nothing(
    store: Store, job: Job, name: str
) -> None:
    assert store.ledger.fingerprint("komga", name) is None
    assert store.inbox.waiting_changes("komga", name, 10) == []
    assert store.jobs.move(job.num, JobState.FAILED, NOW, f"it said {name}")
    assert "\ufffd" in store.jobs.get(job.id).reason


def test_a_wrong_change_among_good_ones_fails_alone(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a"))
    good = Change(ChangeKind.FIELDS, "book", "a", {}, {"t": "x"})
    unwritable = Change(ChangeKind.FIELDS, "book", "a", {}, {"t": object()})  # type: ignore[dict-item]
    with Hold(store):
        first = store.writer.submit(intend_all, (job.num, 0, ((good, ChangeState.INTENDED, ""),)))
        wrong = store.writer.submit(
            intend_all, (job.num, 0, ((unwritable, ChangeState.INTENDED, ""),))
        )
        second = store.writer.submit(intend_all, (job.num, 0, ((good, ChangeState.INTENDED, ""),)))
    assert len(first.wait()) == len(second.wait()) == 1
    with pytest.raises(TypeError, match="not JSON serializable"):
        wrong.wait()

"""The inbox: what is accepted is committed, and the same delivery is one event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shelfhook.model import EventKind, NewEvent, Receipt
from shelfhook.store import Store
from tests.support.stores import NOW, Hold, call, changed, count, scan, together, wanted


def test_an_accepted_event_is_there_for_another_process(store: Store, other: Store) -> None:
    [receipt] = store.inbox.accept([changed("d1", "B1", library="L9")], NOW)
    found = other.inbox.get(receipt.event_id)
    assert found is not None
    assert (found.host, found.kind, found.delivery) == ("komga", EventKind.ITEM_CHANGED, "d1")
    assert (found.library, found.item, found.routine) == ("L9", "B1", "")
    assert (found.received_at, found.state, found.note) == (NOW, "waiting", "")


def test_the_same_delivery_twice_is_one_event(store: Store) -> None:
    first = store.inbox.accept([scan("d1")], NOW)
    again = store.inbox.accept([scan("d1")], NOW + 60)
    assert first == [Receipt(first[0].event_id, duplicate=False)]
    assert again == [Receipt(first[0].event_id, duplicate=True)]
    assert count(store, "events") == 1
    known = store.inbox.get(first[0].event_id)
    assert known is not None
    assert known.received_at == NOW


def test_a_delivery_to_two_processes_is_one_event(store: Store, other: Store) -> None:
    [here] = store.inbox.accept([scan("d1")], NOW)
    [there] = other.inbox.accept([scan("d1")], NOW)
    assert (here.event_id, here.duplicate, there.duplicate) == (there.event_id, False, True)


def test_the_same_delivery_id_from_two_hosts_is_two_events(store: Store) -> None:
    store.inbox.accept([scan("d1", host="komga")], NOW)
    [second] = store.inbox.accept([scan("d1", host="kavita")], NOW)
    assert not second.duplicate
    assert count(store, "events") == 2


def test_a_call_never_meets_a_delivery_of_the_same_id(store: Store) -> None:
    """Hosts choose their delivery ids freely; a call with such an id must not swallow the event."""
    [receipt] = store.inbox.accept([scan("key:1")], NOW)
    job, created = store.jobs.request(wanted(), call("key:1"), NOW)
    assert created
    kept = store.inbox.get(receipt.event_id)
    assert kept is not None
    assert kept.state == "waiting"
    assert store.jobs.request(wanted(), call("key:1"), NOW)[0].id == job.id


def test_sixteen_threads_with_the_same_delivery_make_one_event(store: Store) -> None:
    receipts = together(16, lambda _: store.inbox.accept([scan("d1")], NOW)[0])
    assert len({receipt.event_id for receipt in receipts}) == 1
    assert sum(not receipt.duplicate for receipt in receipts) == 1
    assert count(store, "events") == 1


def test_sixteen_threads_in_two_processes_with_the_same_delivery_make_one_event(
    store: Store, other: Store
) -> None:
    stores = (store, other)
    receipts = together(16, lambda n: stores[n % 2].inbox.accept([scan("d1")], NOW)[0])
    assert len({receipt.event_id for receipt in receipts}) == 1
    assert sum(not receipt.duplicate for receipt in receipts) == 1


def test_a_repeat_within_one_commit_group_is_a_duplicate(store: Store) -> None:
    from shelfhook.store.inbox import accept_all

    commits = store.writer.commits
    with Hold(store):
        tickets = [store.writer.submit(accept_all, ((scan("d1"),), NOW)) for _ in range(5)]
    receipts = [ticket.wait()[0] for ticket in tickets]
    assert [receipt.duplicate for receipt in receipts] == [False, True, True, True, True]
    assert store.writer.commits - commits == 2  # the one that held, and all five


def test_the_events_of_a_batch_are_told_apart_by_their_position(store: Store) -> None:
    batch = [replace(changed("d1", "B1"), position=place) for place in range(3)]
    receipts = store.inbox.accept(batch, NOW)
    assert len({receipt.event_id for receipt in receipts}) == 3
    again = store.inbox.accept([*batch, replace(changed("d1", "B9"), position=3)], NOW)
    assert [receipt.event_id for receipt in again[:3]] == [r.event_id for r in receipts]
    assert [receipt.duplicate for receipt in again] == [True, True, True, False]


def test_accepting_nothing_is_harmless(store: Store) -> None:
    assert store.inbox.accept([], NOW) == []


def test_a_receipt_waits_for_the_commit(store: Store, other: Store) -> None:
    from shelfhook.store.inbox import accept_all

    with Hold(store) as hold:
        ticket = store.writer.submit(accept_all, ((scan("d1"),), NOW))
        assert not ticket.done()
        assert other.inbox.page() == []
        hold.let_go()
        [receipt] = ticket.wait()
    assert other.inbox.get(receipt.event_id) is not None


def test_waiting_events_are_grouped_by_host_and_library(store: Store) -> None:
    store.inbox.accept([scan("d1"), changed("d2", "B1")], NOW)
    store.inbox.accept([changed("d3", "B2")], NOW + 7)
    store.inbox.accept([changed("d4", "B3", library="L2")], NOW + 1)
    store.inbox.accept([scan("d5", host="kavita")], NOW + 2)
    groups = {(w.host, w.library): w for w in store.inbox.waiting()}
    assert groups.keys() == {("komga", "L1"), ("komga", "L2"), ("kavita", "L1")}
    first = groups["komga", "L1"]
    assert (first.first_at, first.last_at, first.count, first.scans) == (NOW, NOW + 7, 3, 1)
    assert (groups["komga", "L2"].count, groups["komga", "L2"].scans) == (1, 0)


def test_waiting_changes_come_oldest_first_and_without_scans(store: Store) -> None:
    for number in range(5):
        store.inbox.accept([changed(f"d{number}", f"B{number}"), scan(f"s{number}")], NOW)
    found = store.inbox.waiting_changes("komga", "L1", 3)
    assert [event.item for event in found] == ["B0", "B1", "B2"]
    assert store.inbox.waiting_changes("komga", "L2", 3) == []


def test_a_dropped_event_keeps_its_reason_and_waits_no_more(store: Store) -> None:
    [receipt] = store.inbox.accept([changed("d1", "B1")], NOW)
    event = store.inbox.get(receipt.event_id)
    assert event is not None
    store.inbox.drop([event.seq], "an echo of our own write")
    dropped = store.inbox.get(receipt.event_id)
    assert dropped is not None
    assert (dropped.state, dropped.note) == ("dropped", "an echo of our own write")
    assert store.inbox.waiting() == []


def test_an_event_that_a_job_has_taken_cannot_be_dropped(store: Store) -> None:
    [receipt] = store.inbox.accept([scan("d1")], NOW)
    event = store.inbox.get(receipt.event_id)
    assert event is not None
    store.jobs.take_events("komga", "L1", [wanted()], NOW)
    store.inbox.drop([event.seq], "too late")
    taken = store.inbox.get(receipt.event_id)
    assert taken is not None
    assert (taken.state, taken.note) == ("taken", "")


def test_pages_of_events_are_newest_first_and_never_overlap(store: Store) -> None:
    store.inbox.accept([NewEvent("komga", EventKind.LIBRARY_SCANNED, "d", n) for n in range(7)], 1)
    first = store.inbox.page(limit=3)
    second = store.inbox.page(before=first[-1].seq, limit=3)
    third = store.inbox.page(before=second[-1].seq, limit=3)
    seqs = [event.seq for event in (*first, *second, *third)]
    assert len(seqs) == 7
    assert seqs == sorted(seqs, reverse=True)


def test_an_unknown_event_is_none(store: Store) -> None:
    assert store.inbox.get("no such event") is None


@pytest.mark.parametrize("many", [10_000])
def test_a_storm_is_accepted_in_few_commits(store: Store, many: int) -> None:
    commits = store.writer.commits
    with Hold(store):
        from shelfhook.store.inbox import accept_all

        tickets = [
            store.writer.submit(accept_all, ((scan(f"d{number}"),), NOW)) for number in range(many)
        ]
    assert not any(ticket.wait()[0].duplicate for ticket in tickets)
    assert store.inbox.waiting()[0].count == many
    assert store.writer.commits - commits <= 1 + many // 1_000 + 1

"""The ledger: N items in are N outcomes, and every change is known before it is made."""

from __future__ import annotations

import pytest

from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Counts,
    ItemRef,
    Job,
    JobState,
    Outcome,
    Result,
)
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from tests.support.stores import NOW, Hold, batch, count, job_in, refs, together


@pytest.fixture
def job(store: Store) -> Job:
    return job_in(store, JobState.RUNNING)


def counted(store: Store, job: Job) -> Counts:
    """The counts as the items say, rather than as the job's row says."""
    return Counts(
        **{
            str(outcome): count(
                store, "job_items", f"job_num = {job.num} AND outcome = '{outcome}'"
            )
            for outcome in Outcome
        }
    )


# -- listing in --


def test_listed_items_are_pending_in_their_order(store: Store, job: Job) -> None:
    added = store.ledger.add(job.num, 0, [ItemRef("B1", "one.cbz", "S1"), ItemRef("B2", "two")])
    assert [(one.seq, one.item, one.outcome) for one in added] == [
        (0, ItemRef("B1", "one.cbz", "S1"), None),
        (1, ItemRef("B2", "two", ""), None),
    ]
    assert store.ledger.pending(job.num, -1, 10) == added
    assert store.jobs.get(job.id).listed == 2
    assert store.ledger.next_seq(job.num) == 2


def test_an_item_listed_twice_on_one_page_is_one_item(store: Store, job: Job) -> None:
    added = store.ledger.add(job.num, 0, refs("a", "b", "a", "c", "b"))
    assert [(one.seq, one.item.id) for one in added] == [(0, "a"), (1, "b"), (3, "c")]
    assert store.jobs.get(job.id).listed == 3


def test_an_item_listed_on_two_pages_is_one_item(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a", "b"))
    added = store.ledger.add(job.num, 2, refs("b", "c", "a"))
    assert [(one.seq, one.item.id) for one in added] == [(3, "c")]
    assert store.jobs.get(job.id).listed == 3
    assert store.ledger.next_seq(job.num) == 4


def test_a_page_listed_again_after_a_crash_adds_nothing(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a", "b"))
    assert store.ledger.add(job.num, 2, refs("a", "b")) == []
    assert store.jobs.get(job.id).listed == 2


def test_the_same_item_in_two_jobs_is_two_items(store: Store, job: Job) -> None:
    second = job_in(store, JobState.RUNNING, library="L2")
    store.ledger.add(job.num, 0, refs("a"))
    assert len(store.ledger.add(second.num, 0, refs("a"))) == 1


def test_pages_handed_over_at_once_keep_their_numbers(store: Store, job: Job) -> None:
    with Hold(store):
        first = store.ledger.add_soon(job.num, 0, refs("a", "b"))
        second = store.ledger.add_soon(job.num, 2, refs("b", "c"))
    assert first.wait() is None
    fresh = second.wait()
    assert fresh == {3}
    assert store.jobs.get(job.id).listed == 3


def test_the_number_of_items_is_fixed_when_the_listing_ends(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a", "b", "a"))
    assert store.jobs.get(job.id).total is None
    store.ledger.listed(job.num)
    assert store.jobs.get(job.id).total == 2


def test_an_empty_library_has_no_items(store: Store, job: Job) -> None:
    assert store.ledger.add(job.num, 0, []) == []
    store.ledger.listed(job.num)
    assert store.jobs.get(job.id).total == 0
    assert store.ledger.next_seq(job.num) == 0


def test_pending_items_are_read_page_by_page(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs(*"abcdefg"))
    store.ledger.record(batch(job, (1, Outcome.CHANGED), (4, Outcome.FAILED))).wait()
    first = store.ledger.pending(job.num, -1, 3)
    rest = store.ledger.pending(job.num, first[-1].seq, 9)
    assert [one.seq for one in (*first, *rest)] == [0, 2, 3, 5, 6]


# -- outcomes --


def test_an_outcome_is_written_with_all_it_knows(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a", "b"))
    result = Result(1, "b", Outcome.FAILED, "the host refuses: ☃", attempts=3, seconds=0.25)
    store.ledger.record(Batch(job.num, job.host, [result], NOW + 8)).wait()
    [failed] = store.ledger.items(job.num, outcome=Outcome.FAILED)
    assert (failed.seq, failed.item.id, failed.item.name) == (1, "b", "b.cbz")
    assert (failed.outcome, failed.reason) == (Outcome.FAILED, "the host refuses: ☃")
    assert (failed.attempts, failed.seconds) == (3, 0.25)
    after = store.jobs.get(job.id)
    assert (after.counts, after.progress_at) == (Counts(failed=1), NOW + 8)


def test_every_outcome_is_counted_in_the_transaction_that_writes_it(
    store: Store, other: Store, job: Job
) -> None:
    """Another process that looks in between sees as many counted as ended, at any moment."""
    ends = list(Outcome) * 50
    store.ledger.add(job.num, 0, refs(*(f"item-{seq}" for seq in range(len(ends)))))

    def work(thread: int) -> None:
        if thread:
            for seq in range(thread - 1, len(ends), 4):
                store.ledger.record(batch(job, (seq, ends[seq]))).wait()
        else:
            for _ in range(40):
                before = other.jobs.get(job.id).counts.processed
                ended = count(other, "job_items", f"job_num = {job.num} AND outcome IS NOT NULL")
                assert before <= ended <= other.jobs.get(job.id).counts.processed

    together(5, work)
    after = store.jobs.get(job.id).counts
    assert after == counted(store, job)
    assert after.processed == len(ends) == 300


def test_the_first_outcome_of_an_item_wins(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a", "b"))
    store.ledger.record(batch(job, (0, Outcome.CHANGED))).wait()
    store.ledger.record(batch(job, (0, Outcome.FAILED), (1, Outcome.UNCHANGED))).wait()
    assert store.jobs.get(job.id).counts == Counts(changed=1, unchanged=1)
    assert counted(store, job) == Counts(changed=1, unchanged=1)
    assert store.jobs.get(job.id).listed == 2


def test_the_first_outcome_wins_within_one_batch_too(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a", "b"))
    ends = [(0, Outcome.CHANGED), (1, Outcome.FAILED), (0, Outcome.FAILED)]
    store.ledger.record(batch(job, *ends)).wait()
    assert store.jobs.get(job.id).counts == Counts(changed=1, failed=1) == counted(store, job)


def test_outcomes_of_several_jobs_in_one_group_are_told_apart(store: Store, job: Job) -> None:
    second = job_in(store, JobState.RUNNING, library="L2")
    for one in (job, second):
        store.ledger.add(one.num, 0, refs("a", "b"))
    with Hold(store):
        tickets = [
            store.ledger.record(batch(job, (0, Outcome.CHANGED))),
            store.ledger.record(batch(second, (0, Outcome.FAILED), (1, Outcome.FAILED))),
            store.ledger.record(batch(job, (0, Outcome.FAILED), (1, Outcome.SKIPPED))),
        ]
    for ticket in tickets:
        ticket.wait()
    assert store.jobs.get(job.id).counts == Counts(changed=1, skipped=1) == counted(store, job)
    assert store.jobs.get(second.id).counts == Counts(failed=2) == counted(store, second)


def test_an_outcome_clears_the_stall_mark(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a"))
    store.jobs.mark(job.num, stalled_at=NOW)
    store.ledger.record(batch(job, (0, Outcome.CHANGED))).wait()
    assert store.jobs.get(job.id).stalled_at is None


@pytest.mark.parametrize("slice_size", [1, 3, 7, 100])
def test_cancelling_ends_all_that_is_pending_a_slice_at_a_time(
    store: Store, job: Job, slice_size: int
) -> None:
    store.ledger.add(job.num, 0, refs(*"abcdefg"))
    store.ledger.record(batch(job, (2, Outcome.CHANGED))).wait()
    store.ledger.cancel_pending(job.num, NOW, slice_size)
    assert store.jobs.get(job.id).counts == Counts(changed=1, cancelled=6) == counted(store, job)
    assert store.ledger.pending(job.num, -1, 10) == []


# -- changes --


def fields(entity_id: str, **after: str) -> Change:
    return Change(
        ChangeKind.FIELDS, "book", entity_id, before=dict.fromkeys(after, ""), after=after
    )


def test_a_change_is_durable_before_it_is_made(store: Store, other: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a"))
    change = Change(
        ChangeKind.FIELDS,
        "book",
        "B1",
        before={"title": "", "tags": ["x"], "number": None, "sort": 1.5},
        after={"title": "Añb 'quoted' \"☃\"", "tags": [], "number": "7", "sort": 7.0},
    )
    command = Change(ChangeKind.COMMAND, "book", "B1", command="analyze")
    ids = store.ledger.intend(job.num, 0, [change, command], ChangeState.INTENDED)
    seen = other.ledger.changes_of(job.num, [0])
    assert [one.id for one in seen] == ids
    assert [one.change for one in seen] == [change, command]
    assert {one.state for one in seen} == {ChangeState.INTENDED}


def test_intending_nothing_gives_no_ids(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a"))
    assert store.ledger.intend(job.num, 0, [], ChangeState.INTENDED) == []


def test_the_ids_line_up_with_the_changes_however_many_record_at_once(
    store: Store, other: Store, job: Job
) -> None:
    threads, times, each = 8, 10, 3
    store.ledger.add(job.num, 0, refs(*(f"item-{seq}" for seq in range(threads))))
    stores = (store, other)

    def work(seq: int) -> dict[int, str]:
        known = {}
        for step in range(times):
            names = [f"{seq}-{step}-{place}" for place in range(each)]
            planned = [fields(name, title=name) for name in names]
            mine = stores[seq % 2].ledger
            ids = mine.intend(job.num, seq, planned, ChangeState.INTENDED)
            known |= dict(zip(ids, names, strict=True))
        return known

    known = {key: name for mine in together(threads, work) for key, name in mine.items()}
    assert len(known) == threads * times * each
    stored = {}
    after = 0
    while page := store.ledger.changes(job.num, after=after, limit=50):
        stored |= {one.id: one.change.entity_id for one in page}
        after = page[-1].id
    assert stored == known


def test_what_is_written_while_the_host_works_on_a_command_is_not_how_it_will_stay(
    store: Store, job: Job
) -> None:
    store.ledger.add(job.num, 0, refs("a"))

    def leave(fingerprint: str, now: float) -> tuple[str, float]:
        result = Result(0, "a", Outcome.CHANGED, fingerprint=fingerprint)
        store.ledger.record(Batch(job.num, "komga", [result], now)).wait()
        return store.ledger.left_of("komga", ["a", "b"])["a"]

    assert leave("?", NOW) == ("?", NOW)
    assert leave("f", NOW + 10) == ("?f", NOW)
    assert leave("g", NOW + 100) == ("g", NOW + 100)
    assert leave("?", NOW + 101) == ("?", NOW + 101)
    store.ledger.settle("komga", {"a": "?h"})
    assert store.ledger.left_of("komga", ["a"]) == {"a": ("?h", NOW + 101)}


def test_a_failed_intent_of_one_item_does_not_shift_the_ids_of_others(
    store: Store, job: Job
) -> None:
    store.ledger.add(job.num, 0, refs("a", "b"))
    from shelfhook.store.entries import intend_all

    with Hold(store):
        good = store.writer.submit(
            intend_all, (job.num, 0, ((fields("a", title="A"), ChangeState.INTENDED, ""),))
        )
        bad = store.writer.submit(
            intend_all, (job.num, 99, ((fields("x", title="X"), ChangeState.INTENDED, ""),))
        )
        also = store.writer.submit(
            intend_all, (job.num, 1, ((fields("b", title="B"), ChangeState.INTENDED, ""),))
        )
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        bad.wait()
    [first], [second] = good.wait(), also.wait()
    assert {one.id: one.change.entity_id for one in store.ledger.changes(job.num)} == {
        first: "a",
        second: "b",
    }


def test_changes_that_the_host_has_taken_are_marked_with_their_items_outcome(
    store: Store, job: Job
) -> None:
    store.ledger.add(job.num, 0, refs("a", "b"))
    one, two = store.ledger.intend(
        job.num, 0, [fields("a", title="A"), fields("a", number="1")], ChangeState.INTENDED
    )
    store.ledger.record(
        Batch(job.num, "komga", [Result(0, "a", Outcome.CHANGED, applied=(one,))], NOW)
    ).wait()
    states = {known.id: known.state for known in store.ledger.changes(job.num)}
    assert states == {one: ChangeState.APPLIED, two: ChangeState.INTENDED}


def test_the_state_in_which_we_left_an_item_is_remembered(store: Store, job: Job) -> None:
    store.ledger.add(job.num, 0, refs("a", "b"))
    left = Result(0, "a", Outcome.CHANGED, fingerprint="aaa")
    untouched = Result(1, "b", Outcome.UNCHANGED)
    store.ledger.record(Batch(job.num, "komga", [left, untouched], NOW)).wait()
    assert store.ledger.fingerprint("komga", "a") == "aaa"
    assert store.ledger.fingerprint("komga", "b") is None
    assert store.ledger.fingerprint("kavita", "a") is None
    second = job_in(store, JobState.RUNNING, library="L2")
    store.ledger.add(second.num, 0, refs("a"))
    newer = Result(0, "a", Outcome.CHANGED, fingerprint="bbb")
    store.ledger.record(Batch(second.num, "komga", [newer], NOW + 1)).wait()
    assert store.ledger.fingerprint("komga", "a") == "bbb"


# -- looking --


def test_items_are_paged_by_outcome(store: Store, job: Job) -> None:
    ends = [list(Outcome)[seq % 6] for seq in range(30)]
    store.ledger.add(job.num, 0, refs(*(f"i{seq}" for seq in range(40))))
    store.ledger.record(batch(job, *enumerate(ends))).wait()
    for outcome in Outcome:
        expected = [seq for seq, end in enumerate(ends) if end is outcome]
        first = store.ledger.items(job.num, outcome=outcome, limit=2)
        rest = store.ledger.items(job.num, outcome=outcome, after=first[-1].seq, limit=50)
        assert [one.seq for one in (*first, *rest)] == expected
    assert len(store.ledger.items(job.num, limit=100)) == 40


def test_all_references_with_an_outcome_are_given_whatever_their_number(
    store: Store, job: Job
) -> None:
    store.ledger.add(job.num, 0, refs(*(f"i{seq}" for seq in range(2_500))))
    store.ledger.record(batch(job, *((seq, Outcome.FAILED) for seq in range(0, 2_500, 2)))).wait()
    found = list(store.ledger.refs(job.num, Outcome.FAILED))
    assert [ref.id for ref in found] == [f"i{seq}" for seq in range(0, 2_500, 2)]

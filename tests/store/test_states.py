"""A job's way from queued to its end: claims, moves, wishes, and waiting again after a crash."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import text

from shelfhook.errors import Conflict, Unknown
from shelfhook.model import FINAL_STATES, PAUSED_BY_WISH, ItemRef, Job, JobState, Outcome, Wish
from shelfhook.store import Store
from shelfhook.store.transitions import wish_all
from tests.support.stores import NOW, Elsewhere, batch, count, job_in, queue, refs, together

ALLOWED = {
    (JobState.QUEUED, JobState.CANCELLED),
    (JobState.RUNNING, JobState.PAUSED),
    (JobState.RUNNING, JobState.QUEUED),
    (JobState.RUNNING, JobState.COMPLETED),
    (JobState.RUNNING, JobState.FAILED),
    (JobState.RUNNING, JobState.CANCELLED),
    (JobState.PAUSED, JobState.RUNNING),
    (JobState.PAUSED, JobState.QUEUED),
    (JobState.PAUSED, JobState.COMPLETED),
    (JobState.PAUSED, JobState.FAILED),
    (JobState.PAUSED, JobState.CANCELLED),
}


# -- claims --


def test_the_best_job_is_claimed_first_by_priority_then_by_age(store: Store) -> None:
    for library, priority in [("L1", 0), ("L2", 10), ("L3", -10), ("L4", 10), ("L5", 0)]:
        queue(store, library=library, priority=priority)
    order = []
    while (job := store.jobs.claim(NOW + 5)) is not None:
        order.append(job.library)
    assert order == ["L2", "L4", "L1", "L5", "L3"]


def test_a_claimed_job_is_running_since_now(store: Store) -> None:
    queued = queue(store)
    claimed = store.jobs.claim(NOW + 5)
    assert claimed == store.jobs.get(queued.id)
    assert claimed is not None
    assert (claimed.state, claimed.started_at, claimed.progress_at) == (
        JobState.RUNNING,
        NOW + 5,
        NOW + 5,
    )
    assert claimed.version > queued.version


def test_a_job_that_goes_on_keeps_the_time_it_began(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.requeue_running("restarted")
    again = store.jobs.claim(NOW + 60)
    assert again is not None
    assert (again.id, again.started_at, again.progress_at) == (job.id, NOW, NOW + 60)
    assert again.reason == ""


def test_nothing_to_claim_is_none(store: Store) -> None:
    assert store.jobs.claim(NOW) is None
    assert store.jobs.claimable() == 0


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.PAUSED])
def test_one_job_at_a_time_runs_for_a_routine_and_library(store: Store, state: JobState) -> None:
    first = job_in(store, state)
    queue(store)
    assert store.jobs.claimable() == 0
    assert store.jobs.claim(NOW) is None
    store.jobs.move(first.num, JobState.COMPLETED, NOW)
    assert store.jobs.claimable() == 1
    assert store.jobs.claim(NOW) is not None


def test_other_libraries_and_routines_run_beside_it(store: Store) -> None:
    job_in(store, JobState.RUNNING)
    queue(store, library="L2")
    queue(store, routine="verify")
    assert store.jobs.claimable() == 2
    assert {job.library for job in (store.jobs.claim(NOW), store.jobs.claim(NOW)) if job} == {
        "L1",
        "L2",
    }


def test_eight_threads_claim_each_job_exactly_once(store: Store) -> None:
    jobs = {queue(store, library=f"L{number}").id for number in range(20)}

    def work(_: int) -> list[str]:
        mine = []
        while (job := store.jobs.claim(NOW)) is not None:
            mine.append(job.id)
        return mine

    claimed = [job_id for mine in together(8, work) for job_id in mine]
    assert len(claimed) == len(set(claimed)) == 20
    assert set(claimed) == jobs


def test_two_processes_claim_each_job_exactly_once(store: Store, other: Store) -> None:
    """There is one engine at a time; a claim holds even in the moment of a take-over."""
    for number in range(12):
        queue(store, library=f"L{number}")
    stores = (store, other)

    def work(thread: int) -> list[str]:
        tries = [stores[thread % 2].jobs.claim(NOW) for _ in range(6)]
        return [job.id for job in tries if job is not None]

    claimed = [job_id for mine in together(4, work) for job_id in mine]
    assert len(claimed) == len(set(claimed))
    assert store.jobs.count(JobState.RUNNING) == len(claimed)


# -- moves --


@pytest.mark.parametrize(("before", "after"), list(product(JobState, JobState)))
def test_a_job_moves_only_where_its_state_allows(
    store: Store, before: JobState, after: JobState
) -> None:
    job = job_in(store, before)
    allowed = (before, after) in ALLOWED
    assert store.jobs.move(job.num, after, NOW + 9, "because") is allowed
    now = store.jobs.get(job.id)
    if not allowed:
        assert now == job
        return
    assert (now.state, now.reason) == (after, "because")
    assert now.version == job.version + 1
    assert now.finished_at == (NOW + 9 if after.final else None)


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_nothing_at_all_changes_a_final_state(store: Store, state: JobState) -> None:
    job = job_in(store, state)
    for wish in Wish:
        with pytest.raises(Conflict):
            store.jobs.wish(job.id, wish, NOW)
    store.jobs.requeue_running("restarted")
    store.jobs.mark(job.num, stalled_at=NOW)
    assert store.jobs.claim(NOW) is None
    assert store.jobs.get(job.id).state is state
    assert store.jobs.get(job.id).stalled_at is None


def test_of_all_who_end_a_job_one_wins(store: Store, other: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    ends = sorted(FINAL_STATES) * 4
    stores = (store, other)
    won = together(12, lambda n: stores[n % 2].jobs.move(job.num, ends[n], NOW))
    assert won.count(True) == 1
    assert store.jobs.get(job.id).state is ends[won.index(True)]


def test_reaching_a_final_state_drops_the_wish_and_the_limit(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.mark(job.num, limit=4, stalled_at=NOW)
    store.jobs.wish(job.id, Wish.CANCEL, NOW)
    store.jobs.move(job.num, JobState.COMPLETED, NOW)
    ended = store.jobs.get(job.id)
    assert (ended.wish, ended.limit, ended.stalled_at) == (None, 0, None)
    assert store.jobs.wishes() == []


def test_moving_a_job_that_does_not_exist_moves_nothing(store: Store) -> None:
    assert store.jobs.move(4711, JobState.COMPLETED, NOW) is False


# -- marks --


def test_marks_are_no_progress(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.mark(job.num, limit=3)
    store.jobs.mark(job.num, stalled_at=NOW + 40)
    marked = store.jobs.get(job.id)
    assert (marked.limit, marked.stalled_at, marked.progress_at) == (3, NOW + 40, NOW)
    store.jobs.mark(job.num, stalled_at=0)
    assert store.jobs.get(job.id).stalled_at is None


# -- wishes --


def test_a_wish_for_a_running_job_is_written_down_until_it_is_granted(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    for wish in (Wish.PAUSE, Wish.CANCEL):
        assert store.jobs.wish(job.id, wish, NOW).wish is wish
    assert [wished.id for wished in store.jobs.wishes()] == [job.id]
    store.jobs.grant(job.num, Wish.CANCEL)
    assert store.jobs.get(job.id).wish is None
    assert store.jobs.wishes() == []


def test_granting_does_not_strike_out_a_newer_wish(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.wish(job.id, Wish.PAUSE, NOW)
    store.jobs.wish(job.id, Wish.CANCEL, NOW)
    store.jobs.grant(job.num, Wish.PAUSE)
    assert store.jobs.get(job.id).wish is Wish.CANCEL


def paused_because(store: Store, reason: str) -> Job:
    job = job_in(store, JobState.RUNNING)
    assert store.jobs.move(job.num, JobState.PAUSED, NOW, reason)
    return store.jobs.get(job.id)


def test_a_resume_of_a_queued_job_only_strikes_out_the_pause_before(store: Store) -> None:
    job = job_in(store, JobState.QUEUED)
    assert store.jobs.wish(job.id, Wish.PAUSE, NOW).wish is Wish.PAUSE
    assert store.jobs.wish(job.id, Wish.RESUME, NOW).wish is None


def test_a_pause_of_what_a_person_paused_only_strikes_out_the_resume_before(store: Store) -> None:
    job = paused_because(store, PAUSED_BY_WISH)
    assert store.jobs.wish(job.id, Wish.RESUME, NOW).wish is Wish.RESUME
    assert store.jobs.wish(job.id, Wish.PAUSE, NOW).wish is None


def test_a_pause_of_a_job_whose_host_is_down_is_written_down(store: Store) -> None:
    job = paused_because(store, "the host is down: no answer")
    assert store.jobs.wish(job.id, Wish.PAUSE, NOW).wish is Wish.PAUSE


def test_a_resume_is_told_to_a_running_job_that_may_have_heard_of_a_pause(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.wish(job.id, Wish.PAUSE, NOW)
    assert store.jobs.wish(job.id, Wish.RESUME, NOW).wish is Wish.RESUME


@pytest.mark.parametrize("later", [Wish.PAUSE, Wish.RESUME])
def test_no_later_wish_takes_a_cancel_back(store: Store, later: Wish) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.wish(job.id, Wish.CANCEL, NOW)
    with pytest.raises(Conflict, match="being cancelled"):
        store.jobs.wish(job.id, later, NOW)
    assert store.jobs.get(job.id).wish is Wish.CANCEL


def test_a_persons_pause_is_kept_by_the_very_commit_that_lets_the_job_wait_again(
    store: Store,
) -> None:
    job = paused_because(store, PAUSED_BY_WISH)
    assert store.jobs.move(job.num, JobState.QUEUED, NOW, "stopped")
    assert store.jobs.get(job.id).wish is Wish.PAUSE


def test_a_mark_leaves_a_finished_job_alone(store: Store) -> None:
    job = job_in(store, JobState.COMPLETED)
    store.jobs.mark(job.num, limit=4)
    assert store.jobs.get(job.id) == job


def test_wishing_of_an_unknown_job_is_unknown(store: Store) -> None:
    with pytest.raises(Unknown):
        store.jobs.wish("0" * 36, Wish.CANCEL, NOW)


def test_wishing_of_a_job_that_was_just_cleaned_up_is_unknown(store: Store) -> None:
    with pytest.raises(Unknown):
        store.writer.call(wish_all, (4711, Wish.CANCEL, NOW))


def test_a_queued_job_is_cancelled_at_once(store: Store) -> None:
    job = queue(store)
    ended = store.jobs.wish(job.id, Wish.CANCEL, NOW + 3)
    assert (ended.state, ended.wish, ended.finished_at) == (JobState.CANCELLED, None, NOW + 3)
    assert ended.total == 0
    assert store.jobs.claim(NOW) is None


def test_cancelling_a_resumed_job_ends_every_item_it_had_listed(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.ledger.add(job.num, 0, refs("a", "b", "c"))
    store.ledger.record(batch(job, (0, Outcome.CHANGED))).wait()
    store.jobs.requeue_running("restarted")
    ended = store.jobs.wish(job.id, Wish.CANCEL, NOW)
    assert ended.state is JobState.CANCELLED
    assert (ended.counts.changed, ended.counts.cancelled) == (1, 2)
    assert ended.counts.processed == ended.listed == ended.total == 3
    assert store.ledger.pending(job.num, -1, 10) == []


def test_a_pause_of_a_queued_job_is_kept_for_when_it_is_claimed(store: Store) -> None:
    job = queue(store)
    store.jobs.wish(job.id, Wish.PAUSE, NOW)
    claimed = store.jobs.claim(NOW)
    assert claimed is not None
    assert (claimed.state, claimed.wish) == (JobState.RUNNING, Wish.PAUSE)


def test_a_cancel_and_a_claim_at_once_never_leave_a_running_job_with_cancelled_items(
    store: Store, other: Store
) -> None:
    """The web process cancels while the engine claims: one of the two comes first."""
    for number in range(6):
        job = job_in(store, JobState.RUNNING, library=f"L{number}")
        store.ledger.add(job.num, 0, refs("a", "b"))
        store.jobs.requeue_running("restarted")

        def work(thread: int, job_id: str = job.id) -> None:
            if thread:
                other.jobs.wish(job_id, Wish.CANCEL, NOW)
            else:
                store.jobs.claim(NOW)

        together(2, work)
        after = store.jobs.get(job.id)
        cancelled = count(store, "job_items", f"job_num = {job.num} AND outcome = 'cancelled'")
        if after.state is JobState.CANCELLED:
            assert cancelled == 2
        else:
            assert (after.state, after.wish, cancelled) == (JobState.RUNNING, Wish.CANCEL, 0)
            store.jobs.move(job.num, JobState.CANCELLED, NOW)


def test_a_wish_and_an_end_at_once_never_leave_a_wish_on_a_finished_job(
    store: Store, other: Store
) -> None:
    job = job_in(store, JobState.RUNNING)
    with Elsewhere(other) as transaction:
        ended = "UPDATE jobs SET state = 'completed', wish = NULL WHERE num = :num"
        transaction.connection.execute(text(ended), {"num": job.num})
        ticket = store.writer.submit(wish_all, (job.num, Wish.CANCEL, NOW))
        transaction.wait_until_blocked(store)
        transaction.commit()
        with pytest.raises(Conflict):
            ticket.wait()
    assert store.jobs.get(job.id).wish is None
    assert store.jobs.wishes() == []


# -- after a crash --


def test_running_and_paused_jobs_wait_again_with_their_ledger_kept(store: Store) -> None:
    running = job_in(store, JobState.RUNNING)
    paused = job_in(store, JobState.PAUSED, library="L2")
    done = job_in(store, JobState.COMPLETED, library="L3")
    store.ledger.add(running.num, 0, [ItemRef("a", "a.cbz")])
    assert set(store.jobs.requeue_running("restarted")) == {running.id, paused.id}
    again = store.jobs.get(running.id)
    assert (again.state, again.reason, again.listed) == (JobState.QUEUED, "restarted", 1)
    assert store.jobs.get(done.id).state is JobState.COMPLETED
    assert len(store.ledger.pending(running.num, -1, 10)) == 1
    assert store.jobs.requeue_running("restarted") == []


def test_a_job_paused_on_request_is_paused_again_after_a_crash(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.move(job.num, JobState.PAUSED, NOW, PAUSED_BY_WISH)
    store.jobs.requeue_running("restarted")
    again = store.jobs.claim(NOW)
    assert again is not None
    assert again.wish is Wish.PAUSE


def test_a_job_paused_for_its_host_just_goes_on_after_a_crash(store: Store) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.move(job.num, JobState.PAUSED, NOW, "the host is down")
    store.jobs.requeue_running("restarted")
    again = store.jobs.claim(NOW)
    assert again is not None
    assert again.wish is None


@pytest.mark.parametrize("wish", [Wish.RESUME, Wish.CANCEL])
def test_a_wish_that_was_not_granted_before_a_crash_is_kept(store: Store, wish: Wish) -> None:
    job = job_in(store, JobState.RUNNING)
    store.jobs.move(job.num, JobState.PAUSED, NOW, PAUSED_BY_WISH)
    store.jobs.wish(job.id, wish, NOW)
    store.jobs.requeue_running("restarted")
    assert store.jobs.get(job.id).wish is wish


def test_a_waiting_job_and_two_resumed_ones_violate_no_index(store: Store) -> None:
    """Resumed jobs have begun already, so they are not the one that may wait."""
    first = job_in(store, JobState.RUNNING)
    store.jobs.requeue_running("restarted")
    second = queue(store)
    store.jobs.move(first.num, JobState.CANCELLED, NOW)
    assert store.jobs.claim(NOW) is not None
    store.jobs.requeue_running("restarted again")
    third = queue(store)
    claimed = store.jobs.claim(NOW)
    assert claimed is not None
    assert claimed.id == second.id
    assert store.jobs.get(third.id).state is JobState.QUEUED

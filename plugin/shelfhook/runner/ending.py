"""How a job ends: a decision on values."""

from __future__ import annotations

from shelfhook.model import Job, JobState, Outcome


def how_it_ends(
    job: Job, failure: Exception | None, complete: bool, cancelled: bool, draining: bool
) -> tuple[JobState, str]:
    """The state in which a job ends, and why.

    Args:
        job: as the store has it, once all its outcomes are written.
        failure: why its items could not all be listed.
        complete: the lists that its items want to be on are among its items.
        cancelled: somebody wished it to end.
        draining: the engine stops.
    """
    all_done = complete and job.total is not None and job.counts.processed >= job.total
    if failure is not None:
        return JobState.FAILED, str(failure)
    # A crash may have come between cancelling the rest and writing the state.
    interrupted = job.counts.cancelled > 0
    if cancelled and (interrupted or not all_done):
        return JobState.CANCELLED, "cancelled on request"
    if interrupted:
        return JobState.FAILED, "it had failed before Shelfhook was restarted"
    if all_done:
        return JobState.COMPLETED, ""
    if draining:
        return JobState.QUEUED, "Shelfhook was stopped; it goes on later"
    raise RuntimeError("items are left without an outcome; a fault of Shelfhook")


def how_it_ended(job: Job) -> str:
    """The same in words, with what has become of the items and how long it took."""
    counts = ((one, getattr(job.counts, str(one))) for one in Outcome)
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in counts if count) or "no items"
    took = ""
    if job.started_at is not None and job.finished_at is not None:
        took = f" in {job.finished_at - job.started_at:,.1f} s"
    why = f" ({job.reason})" if job.reason else ""
    return f"{job.state}{why}: {told}{took}"

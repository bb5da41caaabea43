"""What can be done with a job now: what each button does, or why it cannot be pressed."""

from __future__ import annotations

from dataclasses import dataclass

from shelfhook.model import PAUSED_BY_WISH, Job, JobState, Trigger, Wish
from shelfhook.web.pages import words

NOT_YET = "Once the job has ended."


@dataclass(frozen=True, slots=True)
class Power:
    """One button. `lacking` says why it cannot be pressed; "" means that it can.

    `asks` is whether a second press is wanted, `dry_run` whether a dry run of it may be chosen.
    """

    name: str
    label: str
    does: str
    confirm: str
    lacking: str = ""
    asks: bool = True
    dangerous: bool = False
    dry_run: bool = False


def of(job: Job) -> list[Power]:
    """The buttons of a job: those of its life while it lives, those of its result always."""
    if job.state.final:
        return [_retry(job), _apply(job) if job.dry_run else _undo(job)]
    return [_pause(job), _cancel(job), _retry(job), _apply(job) if job.dry_run else _undo(job)]


def _pause(job: Job) -> Power:
    ending = "The job is being cancelled." if job.wish is Wish.CANCEL else ""
    resting = job.state is JobState.PAUSED and job.reason == PAUSED_BY_WISH
    if job.wish is Wish.PAUSE or (resting and job.wish is not Wish.RESUME):
        does = "Goes on where the job stopped."
        return Power("resume", "Resume", does, "Resume", ending, asks=False)
    does = "Finishes the books in work and begins no others, until you resume."
    waits = "The job has not begun yet; cancel it instead." if _unbegun(job) else ""
    return Power("pause", "Pause", does, "Pause", ending or waits, asks=False)


def _unbegun(job: Job) -> bool:
    return job.state is JobState.QUEUED and job.started_at is None


def _cancel(job: Job) -> Power:
    done = job.counts.changed
    kept = (
        f" The {words.books(done)} changed so far stay changed; undo takes them back."
        if done
        else ""
    )
    does = f"Ends the job for good. Books in work are finished, the rest is left as it is.{kept}"
    lacking = "The job is being cancelled." if job.wish is Wish.CANCEL else ""
    return Power("cancel", "Cancel", does, "Cancel this job", lacking, dangerous=True)


def _retry(job: Job) -> Power:
    failed = job.counts.failed
    what = words.books(failed)
    if not job.state.final:
        lacking = NOT_YET
    elif not failed:
        lacking = "No book has failed."
    elif job.trigger in (Trigger.UNDO, Trigger.APPLY):
        lacking = f"This is an {job.trigger}: start it again at the job that it belongs to."
    else:
        lacking = ""
    does = f"Starts a new job that tries the {what} again that failed."
    return Power("retry", "Retry failed", does, f"Retry {what}", lacking)


def _apply(job: Job) -> Power:
    planned = job.counts.planned
    what = words.books(planned)
    if not job.state.final:
        lacking = NOT_YET
    else:
        lacking = "" if planned else "The dry run has planned no change."
    does = (
        f"Starts a new job that makes exactly the changes shown here, of {what}."
        " A book that somebody has changed since is left out and named."
    )
    return Power("apply", "Apply", does, f"Change {what}", lacking)


def _undo(job: Job) -> Power:
    changed = job.counts.changed
    what = words.books(changed) if changed else "whatever was changed"
    if not job.state.final:
        lacking = NOT_YET
    else:
        lacking = "" if changed or job.counts.failed else "The job has changed nothing."
    does = (
        f"Starts a new job that puts back what this one has changed: {what}."
        " What somebody has changed since stays as it is and is named."
    )
    return Power("undo", "Undo", does, "Undo this job", lacking, dangerous=True, dry_run=True)

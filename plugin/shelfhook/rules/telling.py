"""What is told when: progress of jobs, their end, and when a message is tried again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from shelfhook.model import Job, JobState

STARTED: Final = "job.started"
PROGRESS: Final = "job.progress"
PAUSED: Final = "job.paused"
RESUMED: Final = "job.resumed"
FINISHED: Final = "job.finished"

ON_FINISHED: Final = "finished"
ON_FAILED: Final = "failed"
ON_FINDINGS: Final = "findings"
ON_PAUSED: Final = "paused"

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 600.0


def progress_kind(
    job: Job, last_kind: str, last_version: int, last_at: float, now: float, every: float
) -> str:
    """What is to be told of a job that has not ended; "" for nothing.

    Args:
        last_kind, last_version, last_at: kind, job's version and time of the newest message; the
            kind is "" if there was none.
        every: seconds between two messages of progress, at least.
    """
    if job.state is JobState.PAUSED:
        return "" if last_kind == PAUSED else PAUSED
    if job.state is not JobState.RUNNING:
        return ""
    if not last_kind:
        return STARTED
    if last_kind == PAUSED:
        return RESUMED
    moved = job.version > last_version
    # A clock that was set back must not keep everybody waiting until it has caught up.
    return PROGRESS if moved and abs(now - last_at) >= every else ""


def end_kind(job: Job, on: Collection[str], *, found: bool) -> str:
    """Why somebody who listens to `on` hears of a job's end; "" if not at all.

    A failure is the job's, or that of any item; cancelling is none.

    Args:
        found: whether the job has recorded findings.
    """
    failed = job.state is JobState.FAILED or job.counts.failed > 0
    if ON_FAILED in on and failed:
        return ON_FAILED
    if ON_FINDINGS in on and found:
        return ON_FINDINGS
    return ON_FINISHED if ON_FINISHED in on else ""


def again_in(attempts: int, jitter: float, asked: float | None) -> float:
    """Seconds until the next attempt.

    The pause doubles from one second up to ten minutes; half of it is chance, so that those who
    failed together do not come back together.

    Args:
        attempts: how many have failed, from 1.
        jitter: a random number in [0, 1].
        asked: what the receiver asks for (`Retry-After`), which is the least.
    """
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts - 1, 32))
    return max(asked or 0.0, pause * (0.5 + jitter / 2))

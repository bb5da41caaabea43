from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.model import Counts, Job, JobState, Trigger
from shelfhook.rules.telling import LONGEST_PAUSE, again_in, end_kind, progress_kind

JOB = Job(
    num=1,
    id="x",
    routine="r",
    host="h",
    library="",
    trigger=Trigger.ADMIN,
    state=JobState.RUNNING,
    priority=0,
    dry_run=False,
    parent="",
    items=(),
    created_at=0.0,
    started_at=1.0,
    finished_at=None,
    listed=0,
    total=None,
    counts=Counts(),
    wish=None,
    reason="",
    stalled_at=None,
    progress_at=None,
    limit=1,
    version=5,
)


@pytest.mark.parametrize(
    ("state", "last_kind", "last_version", "age", "kind"),
    [
        (JobState.QUEUED, "", 0, 0, ""),
        (JobState.RUNNING, "", 0, 0, "job.started"),
        (JobState.RUNNING, "job.started", 4, 4.9, ""),
        (JobState.RUNNING, "job.started", 4, 5, "job.progress"),
        (JobState.RUNNING, "job.progress", 5, 99, ""),
        (JobState.RUNNING, "job.progress", 4, 5, "job.progress"),
        (JobState.PAUSED, "job.progress", 5, 0, "job.paused"),
        (JobState.PAUSED, "", 0, 0, "job.paused"),
        (JobState.PAUSED, "job.paused", 4, 99, ""),
        (JobState.RUNNING, "job.paused", 4, 0, "job.resumed"),
        (JobState.RUNNING, "job.resumed", 4, 5, "job.progress"),
        (JobState.RUNNING, "job.progress", 4, -3_600, "job.progress"),  # the clock was set back
    ],
)
def test_what_is_told_of_a_job_that_goes_on(
    state: JobState, last_kind: str, last_version: int, age: float, kind: str
) -> None:
    job = replace(JOB, state=state)
    assert progress_kind(job, last_kind, last_version, 100.0, 100.0 + age, 5.0) == kind


@pytest.mark.parametrize(
    ("state", "failed", "found", "on", "kind"),
    [
        (JobState.COMPLETED, 0, False, {"finished", "failed", "findings"}, "finished"),
        (JobState.COMPLETED, 0, True, {"finished", "findings"}, "findings"),
        (JobState.COMPLETED, 1, True, {"finished", "failed", "findings"}, "failed"),
        (JobState.COMPLETED, 1, False, {"finished"}, "finished"),
        (JobState.FAILED, 0, False, {"failed"}, "failed"),
        (JobState.CANCELLED, 0, False, {"failed", "findings"}, ""),
        (JobState.CANCELLED, 0, False, {"finished"}, "finished"),
        (JobState.COMPLETED, 0, True, {"failed", "digest"}, ""),
        (JobState.COMPLETED, 0, False, {"findings"}, ""),
    ],
)
def test_why_somebody_hears_of_an_end(
    state: JobState, failed: int, found: bool, on: set[str], kind: str
) -> None:
    job = replace(JOB, state=state, counts=Counts(failed=failed))
    assert end_kind(job, on, found=found) == kind


@given(st.integers(1, 10**6), st.floats(0, 1), st.none() | st.floats(0, 10**5))
def test_a_pause_is_bounded_and_never_shorter_than_asked(
    attempts: int, jitter: float, asked: float | None
) -> None:
    pause = again_in(attempts, jitter, asked)
    assert 0.5 <= pause <= max(LONGEST_PAUSE, asked or 0.0)
    assert pause >= (asked or 0.0)


def test_pauses_grow() -> None:
    assert [again_in(n, 1.0, None) for n in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 8.0]

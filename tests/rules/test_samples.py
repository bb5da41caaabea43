"""When a job is sampled: a few hundred points, spread over its whole time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.rules.samples import EVERY, Sampling, interval_of, sampling


@pytest.mark.parametrize(
    ("times", "now", "ended", "plan"),
    [
        ([], 0.0, False, Sampling(2.0)),
        ([0.0], 1.9, False, Sampling(2.0, take=False)),
        ([0.0], 2.0, False, Sampling(2.0)),
        ([0.0], 0.5, True, Sampling(2.0)),
        ([5.0], 5.0, True, Sampling(2.0, take=False)),
        ([5.0], 1.0, False, Sampling(2.0, take=False)),
        ([0.0, 2.0, 4.0, 6.0], 8.0, False, Sampling(4.0, (2.0, 6.0))),
    ],
    ids=[
        "the first one",
        "too soon",
        "due",
        "the last one is taken early",
        "never twice at one time",
        "not if the clock was set back",
        "full: every second one goes",
    ],
)
def test_what_is_done_about_samples(
    times: list[float], now: float, ended: bool, plan: Sampling
) -> None:
    assert sampling(times, now, 2.0, most=4, ended=ended) == plan


def run(seconds: float, most: int) -> tuple[list[float], float]:
    """All samples of a job that is looked at every second."""
    times: list[float] = []
    every = EVERY
    for now in range(int(seconds)):
        plan = sampling(times, float(now), every, most=most)
        every = plan.every
        if plan.take:
            times = [at for at in times if at not in plan.drop] + [float(now)]
    return times, every


@given(st.integers(1, 4_000), st.integers(4, 40))
def test_however_long_a_job_runs_its_samples_are_few_and_even(seconds: int, most: int) -> None:
    times, every = run(seconds, most)
    assert len(times) <= most
    assert times[0] == 0.0
    gaps = [later - former for former, later in itertools.pairwise(times)]
    assert all(gap <= 2 * every for gap in gaps)
    assert seconds - 1 - times[-1] < every


@pytest.mark.parametrize(
    ("times", "every"),
    [([], 2.0), ([7.0], 2.0), ([0.0, 2.0, 4.0], 2.0), ([0.0, 8.0, 16.0], 8.0)],
)
def test_the_interval_goes_on_after_a_restart(times: list[float], every: float) -> None:
    assert interval_of(times) == every

"""When a running job is sampled, so that its whole course fits into a few hundred points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

EVERY = 2.0
"""Seconds between two samples of a job that is young."""
MOST = 240
"""Samples that are kept of a job, however long it runs."""


class Sampling(NamedTuple):
    """What is to be done about a job's samples now.

    Attributes:
        every: seconds between two samples from now on.
        drop: times of samples that make room.
        take: whether a sample is due.
    """

    every: float
    drop: tuple[float, ...] = ()
    take: bool = True


def sampling(
    times: Sequence[float], now: float, every: float, *, most: int = MOST, ended: bool = False
) -> Sampling:
    """Whether a job is sampled now, and which earlier samples go.

    When `most` are there every second one is dropped and the interval doubles: the points stay
    evenly spread over the job's whole time, and the first one stays.

    Args:
        times: of the samples that are kept, in order.
        every: the interval so far, in seconds.
        ended: whether this is the job's last sample, which is taken in any case.
    """
    if not times:
        return Sampling(every)
    if now <= times[-1]:  # the clock was set back, or there is one of this very moment
        return Sampling(every, take=False)
    if now - times[-1] < every and not ended:
        return Sampling(every, take=False)
    if len(times) >= most:
        return Sampling(every * 2, tuple(times[1::2]))
    return Sampling(every)


def interval_of(times: Sequence[float], every: float = EVERY) -> float:
    """The interval of samples that an earlier run has left; doubled as often as it was then."""
    if len(times) < 2:
        return every
    gap = (times[-1] - times[0]) / (len(times) - 1)
    while every * 1.5 < gap:
        every *= 2
    return every

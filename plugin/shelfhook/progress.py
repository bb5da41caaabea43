"""How far a job is: percent, rate over a moving window, time left. Arithmetic and its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WINDOW = 10.0
"""Seconds of the past that the rate looks at: long enough to be calm, short enough to follow."""


class Sample(NamedTuple):
    """How many items were done at a time (seconds of any clock that never goes back)."""

    at: float
    done: int


def percent(done: int, total: int | None) -> float | None:
    """Share of what is done; None while nobody knows the total."""
    if total is None:
        return None
    return 100.0 if total <= 0 else min(100.0, 100.0 * done / total)


def remember(
    samples: Sequence[Sample], latest: Sample, window: float = WINDOW
) -> tuple[Sample, ...]:
    """The samples with one more, without those that the window has left behind.

    The youngest of those before the window stays, so that the window is always covered whole. A
    count that went back (a job that runs again) starts anew.
    """
    if samples and latest.done < samples[-1].done:
        return (latest,)
    edge = latest.at - window
    gone = sum(1 for sample in samples[1:] if sample.at <= edge)
    return (*samples[gone:], latest)


def rate(samples: Sequence[Sample]) -> float | None:
    """Items a second over the samples; None if they say nothing yet."""
    if len(samples) < 2:
        return None
    seconds = samples[-1].at - samples[0].at
    return (samples[-1].done - samples[0].done) / seconds if seconds > 0 else None


def eta(done: int, total: int | None, items_per_second: float | None) -> float | None:
    """Seconds that the rest takes at this rate; None if nobody can tell."""
    if total is None or not items_per_second or items_per_second < 0:
        return None
    return max(0, total - done) / items_per_second


def span(seconds: float) -> str:
    """A length of time in words, no finer than it needs to be."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def speed(items_per_second: float) -> str:
    """A rate in words."""
    if items_per_second >= 10:
        return f"{items_per_second:,.0f}/s"
    return f"{items_per_second:.1f}/s" if items_per_second >= 0.1 else "less than 0.1/s"

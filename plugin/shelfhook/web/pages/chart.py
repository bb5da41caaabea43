"""Items per second and the limit over time, as the points of a small drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from shelfhook.store.samples import Sample
from shelfhook.web.pages import words

WIDTH: Final = 600
HEIGHT: Final = 120
MOST_POINTS: Final = 240
"""More cannot be told apart at this width."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Points of the two lines as SVG takes them, with what the axes say."""

    rate: str
    area: str
    limit: str
    most_rate: str
    most_limit: int
    span: str
    text: str
    """The same for those who cannot see it."""


def draw(samples: Sequence[Sample]) -> Chart | None:
    """The drawing; None while there is too little to draw."""
    chosen = _thinned(samples)
    rates = _rates(chosen)
    if len(rates) < 2:
        return None
    begin, end = chosen[0].at, chosen[-1].at
    most = max(rate for _, rate in rates) or 1.0
    limits = [sample.limit for sample in chosen]
    ceiling = max(*limits, 1)
    line = " ".join(_point(at, rate / most, begin, end) for at, rate in rates)
    first, last = (_x(at, begin, end) for at in (rates[0][0], rates[-1][0]))
    return Chart(
        rate=line,
        area=f"{first:.1f},{HEIGHT} {line} {last:.1f},{HEIGHT}",
        limit=_steps(chosen, ceiling, begin, end),
        most_rate=words.rate(most) or "0 books/s",
        most_limit=ceiling,
        span=words.span(end - begin),
        text=f"At most {words.rate(most) or '0 books/s'} over {words.span(end - begin)};"
        f" between {min(limits)} and {ceiling} books at once.",
    )


def _thinned(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Every so many of them, and always the last."""
    every = max(1, -(-len(samples) // MOST_POINTS))
    chosen = list(samples[::every])
    if chosen and chosen[-1] is not samples[-1]:
        chosen.append(samples[-1])
    return chosen


def _rates(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """Items a second between neighbours; nothing where the clock did not move."""
    found = []
    for before, after in pairwise(samples):
        seconds = after.at - before.at
        if seconds > 0:
            found.append((after.at, max(0, after.done - before.done) / seconds))
    return found


def _steps(samples: Sequence[Sample], ceiling: int, begin: float, end: float) -> str:
    """The limit jumps: each value holds until the next sample."""
    points, last = [], samples[0].limit
    for sample in samples:
        points.append(_point(sample.at, last / ceiling, begin, end))
        points.append(_point(sample.at, sample.limit / ceiling, begin, end))
        last = sample.limit
    return " ".join(points)


def _point(at: float, share: float, begin: float, end: float) -> str:
    return f"{_x(at, begin, end):.1f},{HEIGHT - share * (HEIGHT - 8):.1f}"


def _x(at: float, begin: float, end: float) -> float:
    return (at - begin) / ((end - begin) or 1.0) * WIDTH

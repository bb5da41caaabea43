"""Samples of the running jobs, for the charts that show how they went along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from shelfhook.ports import Clock
from shelfhook.rules.samples import EVERY, interval_of, sampling
from shelfhook.store import Store
from shelfhook.store.samples import NewSample


@dataclass(slots=True)
class _Course:
    """A job's samples so far: their times, and the interval."""

    times: list[float] = field(default_factory=list)
    every: float = EVERY


class Sampler:
    """Decides in a housekeeping tick which jobs are sampled; only that tick touches its state."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._courses: dict[int, _Course] = {}

    def look(self, running: Iterable[int]) -> None:
        """Sample the jobs that run, by their numbers, and those that have ended a last time."""
        now = self._clock.now()
        present = set(running)
        for num in present - set(self._courses):
            times = self._store.samples.times(num)  # of an earlier run, if there was one
            self._courses[num] = _Course(times, interval_of(times))
        new = [
            sample
            for num, course in self._courses.items()
            if (sample := _next(num, course, now, ended=num not in present))
        ]
        self._store.samples.take(new)
        self._courses = {num: one for num, one in self._courses.items() if num in present}


def _next(num: int, course: _Course, now: float, *, ended: bool) -> NewSample | None:
    """A job's next sample, noted in its course; None if none is due."""
    plan = sampling(course.times, now, course.every, ended=ended)
    if not plan.take:
        return None
    gone = frozenset(plan.drop)
    course.every = plan.every
    course.times = [at for at in course.times if at not in gone] + [now]
    return NewSample(num, now, plan.drop)

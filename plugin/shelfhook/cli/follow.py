"""Follows a job to its end: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from shelfhook import progress
from shelfhook.model import Job, JobState, Outcome
from shelfhook.ports import Clock

LOOK = 0.1
"""Seconds between two looks at a job."""
LINE_EVERY = 5.0
"""Seconds between two plain lines, unless the state changes."""


@dataclass(frozen=True, slots=True)
class Look:
    """A job at one moment: all that a progress display needs."""

    state: JobState
    done: int
    total: int | None
    counts: Mapping[str, int]
    reason: str = ""

    @classmethod
    def at(cls, job: Job) -> Look:
        """A job of the store."""
        return cls(job.state, job.counts.processed, job.total, asdict(job.counts), job.reason)


class Display(Protocol):
    """Shows looks as they come; used with `with`."""

    def show(self, look: Look, now: float) -> None:
        """Show the job as it is now (seconds of the monotonic clock)."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def follow(look: Callable[[], Look], display: Display, clock: Clock) -> Look:
    """Look again and again until the job has ended; gives the last look."""
    never = threading.Event()
    while True:
        seen = look()
        display.show(seen, clock.monotonic())
        if seen.state.final:
            return seen
        clock.wait(never, LOOK)


def display_on(console: Console, indent: str = "") -> Display:
    """What suits a console."""
    return Bar(console, indent) if console.is_terminal else Lines(console, indent)


@dataclass
class Pace:
    """Rate and time left, from the looks so far."""

    samples: tuple[progress.Sample, ...] = field(default=())

    def words(self, look: Look, now: float) -> tuple[str, str]:
        """Rate and time left in words; empty where nobody can tell."""
        self.samples = progress.remember(self.samples, progress.Sample(now, look.done))
        rate = progress.rate(self.samples)
        left = progress.eta(look.done, look.total, rate)
        running = look.state is JobState.RUNNING
        return (
            progress.speed(rate) if rate else "",
            f"{progress.span(left)} left" if running and left is not None else "",
        )


class Bar:
    """A live line: state, bar, counts, rate, time left, outcomes."""

    def __init__(self, console: Console, indent: str = "") -> None:
        self._pace = Pace()
        self._progress = Progress(
            TextColumn(indent + "{task.description}"),
            BarColumn(bar_width=28, complete_style="cyan", finished_style="green"),
            TextColumn("{task.fields[done]}"),
            TextColumn("{task.fields[rate]}", style="cyan"),
            TextColumn("{task.fields[left]}", style="cyan"),
            TextColumn("{task.fields[outcomes]}"),
            console=console,
            transient=False,
        )
        self._task = self._progress.add_task(
            "queued", total=None, done="", rate="", left="", outcomes=""
        )

    def show(self, look: Look, now: float) -> None:
        """Redraw the line."""
        rate, left = self._pace.words(look, now)
        self._progress.update(
            self._task,
            description=str(look.state),
            completed=look.done,
            total=look.total,
            done=_done(look),
            rate=rate,
            left=left,
            outcomes=Text(_outcomes(look), "dim").markup,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


class Lines:
    """A line when the state changes, and every few seconds."""

    def __init__(self, console: Console, indent: str = "") -> None:
        self._console = console
        self._indent = indent
        self._pace = Pace()
        self._last: tuple[JobState, float] | None = None

    def show(self, look: Look, now: float) -> None:
        """Print a line if it is time for one."""
        words = self._pace.words(look, now)
        if self._last and self._last[0] is look.state and now - self._last[1] < LINE_EVERY:
            return
        self._last = (look.state, now)
        parts = [_done(look), *words, _outcomes(look)]
        told = ", ".join(part for part in parts if part)
        self._console.print(f"{self._indent}{look.state}: {told}", markup=False, soft_wrap=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put away."""


def _done(look: Look) -> str:
    if look.total is None:
        return f"{look.done:,} items" if look.done else "looking at the library"
    share = progress.percent(look.done, look.total)
    return f"{look.done:,} of {look.total:,} ({share:.0f} %)"


def _outcomes(look: Look) -> str:
    if look.reason and not look.state.final:
        return look.reason
    found = [f"{look.counts[o]:,} {o}" for o in Outcome if look.counts.get(o)]
    return ", ".join(found)

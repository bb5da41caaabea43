from __future__ import annotations

from dataclasses import dataclass
from io import StringIO

from rich.console import Console

from shelfhook.cli.follow import Bar, Lines, Look, display_on, follow
from shelfhook.model import JobState
from tests.support.clock import FakeClock


@dataclass
class Recorder(Lines):
    """Plain lines into a text."""

    def __init__(self) -> None:
        self.text = StringIO()
        super().__init__(Console(file=self.text, width=200))

    @property
    def lines(self) -> list[str]:
        return self.text.getvalue().splitlines()


def look(state: JobState, done: int, total: int | None = 100, reason: str = "") -> Look:
    return Look(state, done, total, {"changed": done}, reason)


def test_a_line_appears_when_the_state_changes_and_every_few_seconds() -> None:
    lines = Recorder()
    lines.show(look(JobState.QUEUED, 0, None), 0.0)
    lines.show(look(JobState.RUNNING, 0), 1.0)
    lines.show(look(JobState.RUNNING, 20), 3.0)
    lines.show(look(JobState.RUNNING, 50), 6.0)
    lines.show(look(JobState.COMPLETED, 100), 7.0)
    assert lines.lines == [
        "queued: looking at the library",
        "running: 0 of 100 (0 %)",
        "running: 50 of 100 (50 %), 8.3/s, 6.0 s left, 50 changed",
        "completed: 100 of 100 (100 %), 14/s, 100 changed",
    ]


def test_a_paused_job_says_why() -> None:
    lines = Recorder()
    lines.show(look(JobState.PAUSED, 5, reason="the host is down: no connection"), 0.0)
    assert lines.lines == ["paused: 5 of 100 (5 %), the host is down: no connection"]


def test_following_ends_with_the_final_state() -> None:
    looks = iter([look(JobState.QUEUED, 0), look(JobState.RUNNING, 5), look(JobState.FAILED, 5)])
    assert follow(lambda: next(looks), Recorder(), FakeClock()).state is JobState.FAILED
    assert next(looks, None) is None


def test_a_terminal_gets_a_bar_and_anything_else_gets_lines() -> None:
    assert isinstance(display_on(Console(file=StringIO(), force_terminal=True)), Bar)
    assert isinstance(display_on(Console(file=StringIO())), Lines)


def test_the_bar_shows_counts_rate_and_time_left() -> None:
    text = StringIO()
    console = Console(file=text, force_terminal=True, width=160, color_system=None)
    with display_on(console) as bar:
        bar.show(look(JobState.RUNNING, 0), 0.0)
        bar.show(look(JobState.RUNNING, 40), 4.0)
    last = [line for line in text.getvalue().splitlines() if "running" in line][-1]
    for part in ("40 of 100 (40 %)", "10/s", "6.0 s left", "40 changed"):
        assert part in last

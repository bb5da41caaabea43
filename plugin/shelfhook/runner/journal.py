"""What is told of the running jobs, until the engine writes it into their logs.

The store is not asked for each line: a tick takes what has gathered once a second, so that a job
whose every item fails costs one write a second. What a crash takes with it is that second.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from shelfhook.model import JobLine
from shelfhook.ports import Clock

EACH = 25
"""Lines of one kind about items that are told of a job; the rest are counted."""
MOST = 5_000
"""Lines that wait to be written; more come only while the store is away, and are lost."""
LONGEST = 500


class Journal:
    """Gathers lines from all threads of all jobs. The lock guards the lines and the counts.

    Args:
        mask: takes secrets out of what is told.
    """

    def __init__(self, clock: Clock, mask: Callable[[str], str] = str) -> None:
        self._clock = clock
        self._mask = mask
        self._lock = threading.Lock()
        self._lines: list[JobLine] = []
        self._told: dict[int, Counter[str]] = {}

    def note(self, job_num: int, kind: str, message: str, level: str = "info") -> None:
        """Tell something of a job as a whole."""
        text = self._mask(message)[:LONGEST]
        self._keep(JobLine(job_num, self._clock.now(), kind, text, level))

    def item(self, job_num: int, kind: str, message: str, level: str = "warning") -> None:
        """Tell something of an item of a job: the first ones of a kind in full."""
        with self._lock:
            told = self._told.setdefault(job_num, Counter())
            told[kind] += 1
            if told[kind] > EACH:
                return
        self.note(job_num, kind, message, level)

    def end(self, job_num: int, message: str, level: str = "info") -> None:
        """Tell how a job's run has ended, and of how many more items something could be told."""
        with self._lock:
            told = self._told.pop(job_num, Counter())
        for kind, count in told.items():
            if count > EACH:
                self.note(job_num, kind, f"… and {count - EACH:,} more of this kind")
        self.note(job_num, "ended", message, level)

    def take(self) -> list[JobLine]:
        """What has gathered since the last time."""
        with self._lock:
            lines, self._lines = self._lines, []
        return lines

    def give_back(self, lines: list[JobLine]) -> None:
        """Lines that could not be written wait for the next time, as far as there is room."""
        with self._lock:
            self._lines = (lines + self._lines)[:MOST]

    def _keep(self, line: JobLine) -> None:
        with self._lock:
            if len(self._lines) < MOST:
                self._lines.append(line)

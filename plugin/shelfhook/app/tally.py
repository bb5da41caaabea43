"""What has happened in the store since the engine's start: events, jobs that ended, outcomes.

Found by looking, every few seconds, at what is new: so nobody has to report it, an event counts
whichever process has accepted it, and nothing counts that was not committed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from shelfhook.app.counting import JOB_BOUNDS, Histogram
from shelfhook.model import Job
from shelfhook.store import Store


class Tally:
    """Counts from the first look on. One thread at a time (a tick's) calls it.

    On PostgreSQL an event may be missed that is committed after a later one was seen.
    """

    def __init__(self, store: Store) -> None:
        self._gauges = store.gauges
        self._events: Counter[tuple[str, str]] = Counter()
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._jobs = Histogram(JOB_BOUNDS)
        self._seq = self._num = -1
        self._open: dict[int, dict[str, int]] = {}
        """Outcomes so far of each job that has not ended."""

    def begin(self) -> None:
        """Count from now on."""
        self._seq, self._num = self._gauges.last_event(), self._gauges.last_job()
        self._open = {job.num: asdict(job.counts) for job in self._gauges.open_jobs()}

    def look(self) -> None:
        """Count what is new."""
        until = self._gauges.last_event()
        for host, kind, count in self._gauges.events_after(self._seq, until):
            self._events[host, kind] += count
        self._seq = max(self._seq, until)
        found = self._gauges.jobs_after(self._num, self._open)
        self._open = {num: self._open[num] for num in self._open.keys() & {j.num for j in found}}
        for job in found:
            self._follow(job)

    def _follow(self, job: Job) -> None:
        before = self._open.pop(job.num, {})
        counts = asdict(job.counts)
        for outcome, count in counts.items():
            if count > before.get(outcome, 0):
                self._outcomes[job.routine, outcome] += count - before.get(outcome, 0)
        self._num = max(self._num, job.num)
        if not job.state.final:
            self._open[job.num] = counts
            return
        ended = job.finished_at or job.created_at
        begun = job.started_at if job.started_at is not None else ended
        self._jobs.see((job.routine, str(job.state)), max(0.0, ended - begun))

    def told(self) -> dict[str, Any]:
        """All counts, as JSON knows them."""
        return {
            "events": [[*key, count] for key, count in self._events.items()],
            "outcomes": [[*key, count] for key, count in self._outcomes.items()],
            "jobs": self._jobs.told(),
        }

"""Notices jobs that make no progress: stacks into the log, a mark on the job."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Sequence

from shelfhook.ports import Clock
from shelfhook.runner import Runner
from shelfhook.runner.journal import Journal
from shelfhook.store import Store

log = logging.getLogger("shelfhook.watchdog")


class Watchdog:
    """Looks at running jobs in a housekeeping tick. Speaks once per stall, and again when it ends.

    Only its own tick touches its state.
    """

    def __init__(self, store: Store, clock: Clock, stall_seconds: float, journal: Journal) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._limit = stall_seconds
        self._stalled: set[int] = set()

    def look(self, running: Sequence[Runner]) -> None:
        """Mark jobs without progress for too long; a paused job rests and is none."""
        for runner in running:
            quiet = self._clock.monotonic() - runner.progress_at
            stalled = quiet >= self._limit and not runner.paused
            num = runner.job.num
            if stalled and num not in self._stalled:
                self._stalled.add(num)
                self._store.jobs.mark(num, stalled_at=self._clock.now() - quiet)
                told = f"no progress for {quiet:.0f} s; the service's log shows what its threads do"
                self._journal.note(num, "stalled", told, "error")
                log.error(
                    "Job %s has made no progress for %.0f s\n%s",
                    runner.job.short,
                    quiet,
                    stacks(runner.threads),
                )
            elif not stalled and num in self._stalled:
                self._stalled.discard(num)
                self._store.jobs.mark(num, stalled_at=0.0)
                self._journal.note(num, "stalled", "there is progress again")
        self._stalled.intersection_update(runner.job.num for runner in running)


def stacks(idents: frozenset[int]) -> str:
    """What these threads are doing now, as text."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sys._current_frames()
    parts = []
    for ident in sorted(idents):
        if ident in frames:
            lines = "".join(traceback.format_stack(frames[ident]))
            parts.append(f"Thread {names.get(ident, ident)}:\n{lines}")
    return "\n".join(parts)

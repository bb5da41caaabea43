"""Supervision of the short ticks: each leaves a sign of life, and none dies of an error."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from shelfhook.ports import Clock
from shelfhook.store.status import Beat

log = logging.getLogger("shelfhook.loops")


@dataclass(slots=True)
class _Loop:
    every: float
    beat_at: float
    error: str = ""


class Loops:
    """Wraps ticks and remembers how each last ended. The lock guards that memory.

    A tick that fails is logged and tried again at its next turn; one that hangs stops beating, and
    `/health` sees it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._loops: dict[str, _Loop] = {}

    def supervise(self, name: str, every: float, tick: Callable[[], object]) -> Callable[[], None]:
        """The tick, supervised."""
        beat = self.heart(name, every)

        def supervised() -> None:
            error = ""
            try:
                tick()
            except Exception as failure:  # a thread's root: recorded in the loop's sign of life
                error = f"{type(failure).__name__}: {failure}"
                log.exception("The loop %s failed; it is tried again", name)
            beat(error)

        return supervised

    def heart(self, name: str, every: float) -> Callable[[str], None]:
        """For a loop with a thread of its own: it calls this as a sign of life, with its error."""
        with self._lock:
            self._loops[name] = _Loop(every, self._clock.now())

        def beat(error: str) -> None:
            with self._lock:
                loop = self._loops[name]
                loop.beat_at = self._clock.now()
                loop.error = error

        return beat

    def beats(self) -> list[Beat]:
        """The last sign of life of each loop."""
        with self._lock:
            return [
                Beat(
                    f"loop:{name}",
                    loop.beat_at,
                    max(loop.every, 1.0),  # beats are published once a second
                    not loop.error,
                    {"error": loop.error} if loop.error else {},
                )
                for name, loop in self._loops.items()
            ]

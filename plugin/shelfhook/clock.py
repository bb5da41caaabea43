"""The clock of the machine; tests bring `tests.support.clock.FakeClock` instead."""

from __future__ import annotations

import threading
import time


class SystemClock:
    """Satisfies [`Clock`][shelfhook.ports.Clock]."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set or `seconds` have passed; tells whether it is set."""
        return event.wait(max(0.0, seconds))

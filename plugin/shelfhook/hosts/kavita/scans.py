"""Which series' scans are what we have asked for ourselves."""

from __future__ import annotations

import threading

from shelfhook.ports import Clock

REMEMBERED = 6 * 3600.0
"""Seconds: Kavita puts a scan off by three hours while another runs."""
MOST = 10_000


class Scans:
    """Scans that our `refresh` has caused, so that their end does not trigger us again.

    The lock guards the table: workers ask for scans, the thread that listens hears of their end.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[str, float] = {}

    def asked_for(self, series: str) -> None:
        """We are about to ask for a scan of this series."""
        with self._lock:
            self._asked.pop(series, None)
            self._asked[series] = self._clock.monotonic()
            if len(self._asked) > MOST:
                del self._asked[next(iter(self._asked))]

    def is_ours(self, series: str) -> bool:
        """Whether a scan of this series that has ended is ours; each counts once."""
        with self._lock:
            asked = self._asked.pop(series, None)
            return asked is not None and self._clock.monotonic() - asked < REMEMBERED

"""How many jobs run at once."""

from __future__ import annotations

import threading


class Seats:
    """`concurrent_jobs` seats. A job that is paused gives its seat to another and asks again.

    The lock guards the number taken. Nobody waits for a seat: who gets none asks later.
    """

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._taken = 0
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a seat if one is free."""
        with self._lock:
            if self._taken >= self._seats:
                return False
            self._taken += 1
            return True

    def give(self) -> None:
        """Give a seat back."""
        with self._lock:
            self._taken -= 1

    @property
    def free(self) -> int:
        """How many nobody has taken."""
        with self._lock:
            return self._seats - self._taken

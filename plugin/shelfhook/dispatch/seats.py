"""How many jobs run at once."""

from __future__ import annotations

import threading


class Seats:
    """`concurrent_jobs` seats. A job that is paused gives its seat to another and asks again.

    The lock guards the number taken and who has asked in vain. Nobody waits for a seat: who gets
    none asks later, and a job that wants its seat back comes before any new one.
    """

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._taken = 0
        self._wanting: set[object] = set()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a seat for a new job, if one is free that nobody wants back."""
        with self._lock:
            if self._taken + len(self._wanting) >= self._seats:
                return False
            self._taken += 1
            return True

    def take_back(self, who: object) -> bool:
        """Take a seat for a job that had one; in vain is remembered until `forget`."""
        with self._lock:
            if self._taken >= self._seats:
                self._wanting.add(who)
                return False
            self._wanting.discard(who)
            self._taken += 1
            return True

    def forget(self, who: object) -> None:
        """A job wants its seat back no longer."""
        with self._lock:
            self._wanting.discard(who)

    def give(self) -> None:
        """Give a seat back."""
        with self._lock:
            self._taken -= 1

    @property
    def free(self) -> int:
        """How many nobody has taken or wants back."""
        with self._lock:
            return max(0, self._seats - self._taken - len(self._wanting))

"""A bounded number of seats: what holds a thread for long takes one, or is turned away."""

from __future__ import annotations

import threading


class Seats:
    """Counts who sits; never waits for a free seat."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._guard = threading.Lock()  # guards _taken
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many seats are taken."""
        with self._guard:
            return self._taken

    def take(self) -> Seat | None:
        """A seat, or None if all are taken."""
        with self._guard:
            if self._taken >= self.limit:
                return None
            self._taken += 1
        return Seat(self)

    def _free(self) -> None:
        with self._guard:
            self._taken -= 1


class Seat:
    """One seat. Leaving twice is leaving once, whichever threads do it."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats
        self._held = threading.Lock()  # held while somebody sits; only the first release counts
        self._held.acquire()

    def leave(self) -> None:
        """Give the seat back."""
        try:
            self._held.release()
        except RuntimeError:  # released before
            return
        self._seats._free()

    def __enter__(self) -> Seat:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

"""A circuit breaker: stops calling a host that does not answer, and asks now and then."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from shelfhook.errors import HostDown
from shelfhook.ports import Clock

THRESHOLD = 4
"""One call with the usual three retries, refused each time, opens the breaker."""
FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
PROBE_POLL = 1.0
"""While a probe is under way, how long the others are told to stay away (seconds)."""


class Breaker:
    """Closed, open, or half open with one probe under way.

    `enter` gives a ticket; `succeeded`, `failed` and `leave` hand it back. A ticket from before
    the last change of state says nothing about the state now and is ignored.

    The lock guards all fields; nothing is called while it is held but the clock.

    Args:
        clock: tells the time.
        threshold: so many failures in a row open the breaker.
        first: seconds until the first probe; each failed probe doubles it.
        longest: the ceiling of that delay, in seconds.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        threshold: int = THRESHOLD,
        first: float = FIRST_DELAY,
        longest: float = LONGEST_DELAY,
    ) -> None:
        self._clock = clock
        self._threshold = threshold
        self._first = first
        self._longest = longest
        self._lock = threading.Lock()
        self._ticket = 0
        self._failures: set[Hashable] = set()
        self._opened = 0  # how often in a row it has opened; 0 while closed
        self._until = 0.0
        self._probing = False
        self._reason = ""

    def check(self) -> None:
        """Raise if a call made now would be refused; takes no ticket.

        Raises:
            HostDown: the breaker is open, or a probe is under way.
        """
        with self._lock:
            self._refuse_if_open()

    def enter(self) -> int:
        """A ticket for one call; the first after the delay is the probe.

        Raises:
            HostDown: the breaker is open, or a probe is under way.
        """
        with self._lock:
            self._refuse_if_open()
            if self._opened:
                self._probing = True
                self._ticket += 1
            return self._ticket

    def succeeded(self, ticket: int) -> None:
        """The host answered as one that is well."""
        with self._lock:
            if ticket != self._ticket:
                return
            self._failures.clear()
            if self._opened:
                self._opened = 0
                self._probing = False
                self._ticket += 1

    def failed(self, ticket: int, reason: str, *, of: Hashable = None) -> None:
        """The call failed in a way that speaks against the host.

        Args:
            ticket: from `enter`.
            reason: host, call and trouble in plain words; shown while the breaker is open.
            of: failures of the same thing count once, so that one book on which the host always
                stumbles does not shut out the others. None: each failure counts.
        """
        with self._lock:
            if ticket != self._ticket:
                return
            self._failures.add(object() if of is None else of)
            if self._probing or len(self._failures) >= self._threshold:
                self._open(reason)

    def leave(self, ticket: int) -> None:
        """The call ended without a verdict: if it was the probe, the next call is one."""
        with self._lock:
            if ticket == self._ticket and self._probing:
                self._probing = False
                self._ticket += 1

    def down_until(self) -> tuple[float, str] | None:
        """When to try again (seconds of the monotonic clock) and why; None while closed."""
        with self._lock:
            if not self._opened:
                return None
            if self._probing:
                return self._clock.monotonic() + PROBE_POLL, self._reason
            return self._until, self._reason

    def _open(self, reason: str) -> None:
        delay = min(self._longest, self._first * 2 ** min(self._opened, 64))
        self._until = self._clock.monotonic() + delay
        self._opened += 1
        self._probing = False
        self._reason = reason
        self._ticket += 1
        self._failures.clear()

    def _refuse_if_open(self) -> None:
        if not self._opened:
            return
        left = self._until - self._clock.monotonic()
        if self._probing or left > 0:
            wait = PROBE_POLL if self._probing else left
            raise HostDown(f"{self._reason}; next try in {wait:.0f} s", retry_after=wait)

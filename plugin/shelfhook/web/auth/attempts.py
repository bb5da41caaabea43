"""How often somebody may fail to sign in, kept in memory within bounds."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final

from shelfhook.ports import Clock

MOST: Final = 10_000
"""Keys that are remembered; beyond it the one that was tried longest ago is forgotten."""


class Attempts:
    """Counts attempts by key. One is counted before it is made, so that many at once count, too.

    Args:
        limit: attempts within `seconds`.
    """

    def __init__(self, limit: int, seconds: float, clock: Clock) -> None:
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._guard = threading.Lock()  # guards all below; held for a few steps only
        self._tried: OrderedDict[str, deque[float]] = OrderedDict()
        self.wrong = 0
        """Attempts that failed, since the start."""
        self.refused = 0
        """Attempts that were not even looked at, since there had been too many."""

    def take(self, keys: Iterable[str]) -> float:
        """Count an attempt under every key; seconds to wait if there were too many already."""
        now = self._clock.monotonic()
        with self._guard:
            times = [self._times(key, now) for key in keys]
            full = [one[0] for one in times if len(one) >= self._limit]
            if full:
                self.refused += 1
                return max(full) + self._seconds - now
            for one in times:
                one.append(now)
        return 0.0

    def failed(self) -> None:
        """The last attempt was one: it stays counted."""
        with self._guard:
            self.wrong += 1

    def succeeded(self, keys: Iterable[str]) -> None:
        """Take the last attempt back: it was none."""
        with self._guard:
            for key in keys:
                if self._tried.get(key):
                    self._tried[key].pop()

    def _times(self, key: str, now: float) -> deque[float]:
        times = self._tried.setdefault(key, deque())
        self._tried.move_to_end(key)
        while times and times[0] <= now - self._seconds:
            times.popleft()
        while len(self._tried) > MOST:
            self._tried.popitem(last=False)
        return times


def address_key(address: str) -> str:
    """The key of an address; of IPv6 the network, for a household has 2**64 addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return "address ?"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return f"address {found.ipv4_mapped}"
        return f"address {found.exploded[:19]}"
    return f"address {found}"


def name_key(name: str) -> str:
    """The key of a name, shortened: nobody fills our memory with one."""
    return f"name {name[:64]}"

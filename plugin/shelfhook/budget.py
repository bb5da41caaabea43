"""Sharing out how many calls each host may bear at once among the jobs that run on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from shelfhook.rules import Claim, share

Listener = Callable[[int], None]


class Budget:
    """The budgets of all hosts. Jobs join and leave; each hears its share whenever it changes.

    The lock guards the claims. Listeners are called while it is held, so that shares arrive in
    order; they must not call back.
    """

    def __init__(self, budgets: Mapping[str, int]) -> None:
        self._budgets = dict(budgets)
        self._lock = threading.Lock()
        self._claims: dict[str, dict[str, Claim]] = {}
        self._listeners: dict[str, Listener] = {}

    def join(self, host: str, job: str, claim: Claim, listener: Listener) -> None:
        """Take part in sharing a host's budget, or change one's claim (a ceiling of 0 pauses)."""
        with self._lock:
            self._claims.setdefault(host, {})[job] = claim
            self._listeners[job] = listener
            self._tell(host)

    def leave(self, host: str, job: str) -> None:
        """Give one's share back to the others."""
        with self._lock:
            self._claims.get(host, {}).pop(job, None)
            self._listeners.pop(job, None)
            self._tell(host)

    def _tell(self, host: str) -> None:
        claims = self._claims.get(host, {})
        for job, calls in share(self._budgets.get(host, 4), claims).items():
            self._listeners[job](calls)

"""Deliveries that were turned away, on their way into the store: few writes, whoever knocks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from shelfhook.errors import StoreUnavailable
from shelfhook.ports import Clock
from shelfhook.store.rejections import Refused, Rejections
from shelfhook.store.writer import Ticket

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two writes, at least."""
KINDS = 50
"""Kinds that are told apart between two writes; more of them are one: `several`."""
SEVERAL = "several"
LONGEST = 200

Kind: TypeAlias = tuple[int, str, int, str, str]
"""Minute, host, status, reason and address: what is alike is one row."""


class Refusals:
    """Counts what is turned away, and writes it down at most once a second.

    There is no thread: what comes within a second of the last write waits for the next refusal, or
    for whoever looks (`flush`). The lock guards what waits.
    """

    def __init__(self, rejections: Rejections, clock: Clock, mask: Callable[[str], str]) -> None:
        self._rejections = rejections
        self._clock = clock
        self._mask = mask
        self._lock = threading.Lock()
        self._waiting: dict[Kind, Refused] = {}
        self._written_at = -EVERY
        self._last: Ticket[None] | None = None
        """Of the last write. Two threads may set it in either order; then one does not wait."""

    def note(self, host: str, status: int, reason: str, environ: Mapping[str, Any]) -> None:
        """Remember why a delivery was turned away."""
        one = self._refused(host, status, reason, environ)
        with self._lock:
            self._add(one)
            due = self._clock.monotonic() - self._written_at >= EVERY
        if due:
            self.flush()

    def flush(self, *, wait: bool = False) -> None:
        """Write what waits, and perhaps wait for that. If it fails, these lines are lost."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            if waiting:
                self._written_at = self._clock.monotonic()
        try:
            if waiting:
                self._last = self._rejections.note_soon(list(waiting.values()))
            if wait and self._last is not None:
                self._last.wait()
        except StoreUnavailable as error:
            log.warning("%d refusal(s) are not written down: %s", len(waiting), error)

    def _refused(self, host: str, status: int, reason: str, environ: Mapping[str, Any]) -> Refused:
        return Refused(
            at=self._clock.now(),
            host=self._plain(host, 80),
            status=status,
            reason=self._plain(reason, LONGEST),
            address=self._plain(environ.get("REMOTE_ADDR") or "", 60),
            agent=self._plain(environ.get("HTTP_USER_AGENT") or "", 80),
        )

    def _plain(self, text: object, longest: int) -> str:
        """Without secrets and control characters, and short."""
        shown = "".join(one if one.isprintable() else " " for one in self._mask(str(text)))
        return shown[:longest]

    def _add(self, one: Refused) -> None:
        kind = (int(one.at // 60), one.host, one.status, one.reason, one.address)
        if kind not in self._waiting and len(self._waiting) >= KINDS:
            one = Refused(one.at, SEVERAL, 0, "too many at once to tell apart", "", "")
            kind = (int(one.at // 60), one.host, one.status, one.reason, one.address)
        known = self._waiting.get(kind)
        count = known.count if known else 0
        first = known.at if known else one.at
        told = (one.host, one.status, one.reason, one.address, one.agent)
        self._waiting[kind] = Refused(first, *told, count + 1)

"""How a bridge names what it puts into the inbox, so that the same happening is one event."""

from __future__ import annotations

import hashlib
import uuid

from shelfhook.model import BRIDGED, DERIVED, EventKind, NewEvent
from shelfhook.ports import Sign, Tiding

KINDS = {
    Sign.ADDED: EventKind.ITEM_ADDED,
    Sign.CHANGED: EventKind.ITEM_CHANGED,
    Sign.REMOVED: EventKind.ITEM_REMOVED,
}
SIGNS = {kind: sign for sign, kind in KINDS.items()}


class Maker:
    """Makes one host's events. An item that came is named after the cursor from which we know it;
    all else happens again and again, and each time has a name of its own."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._run = uuid.uuid4().hex[:12]
        self._number = 0

    def event(self, tiding: Tiding, cursor: str) -> NewEvent:
        """The event that a tiding of an item is.

        Args:
            tiding: that it was added, changed or removed.
            cursor: of its library, as it is kept now; "" if there is none.
        """
        sign, library, item = tiding
        delivery = self._unique(BRIDGED)
        if sign is Sign.ADDED and cursor:  # without one no listing will tell of it again
            base = hashlib.sha256(cursor.encode()).hexdigest()[:12]
            delivery = f"{BRIDGED}added/{library}/{item}/{base}"
        return NewEvent(self._host, KINDS[sign], delivery, library=library, item=item)

    def scanned(self, library: str, *, sure: bool) -> NewEvent:
        """That a library was scanned; if not `sure`, as concluded from changes of items alone."""
        delivery = self._unique(BRIDGED if sure else DERIVED)
        return NewEvent(self._host, EventKind.LIBRARY_SCANNED, delivery, library=library)

    def _unique(self, start: str) -> str:
        self._number += 1
        return f"{start}{self._run}/{self._number}"

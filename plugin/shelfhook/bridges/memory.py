"""Which items of a library were told of already, by the stream or by a listing."""

from __future__ import annotations

from collections.abc import Sequence

from shelfhook.bridges.events import SIGNS
from shelfhook.model import EventKind, NewEvent
from shelfhook.ports import Sign


class Memory:
    """What was told of one library since its last scan's end.

    What a listing has told of as added the stream may tell of later: that outlasts the end.
    """

    def __init__(self) -> None:
        self._told: dict[str, Sign] = {}
        self._listed: set[str] = set()

    def __len__(self) -> int:
        return len(self._told)

    def is_new(self, sign: Sign, item: str) -> bool:
        """Whether this was not told yet.

        That it has changed is nothing new of one that came; the order in which a host tells the two
        says nothing.
        """
        before = self._told.get(item)
        return before is None or sign not in (before, Sign.CHANGED)

    def is_late(self, sign: Sign, item: str) -> bool:
        """Whether the stream tells what a listing has told."""
        return sign is Sign.ADDED and item in self._listed

    def note(self, sign: Sign, item: str) -> None:
        """It was told."""
        if sign is Sign.REMOVED:  # it may come again
            self._told.pop(item, None)
            self._listed.discard(item)
        else:
            self._told[item] = sign

    def note_listed(self, events: Sequence[NewEvent]) -> None:
        """A listing has told these, and all before it is covered by its cursor."""
        self._listed = {one.item for one in events if one.kind is EventKind.ITEM_ADDED}
        for one in events:
            self.note(SIGNS[one.kind], one.item)

    def end(self) -> None:
        """The scan has ended: what is told from now on is told of the next."""
        self._told.clear()

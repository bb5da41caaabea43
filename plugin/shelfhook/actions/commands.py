"""The change that both command actions plan."""

from __future__ import annotations

from shelfhook.model import Change, ChangeKind, Item


def command_on_book(item: Item, command: str) -> Change:
    """Have the host run `command` on the item's book."""
    return Change(kind=ChangeKind.COMMAND, entity="book", entity_id=item.id, command=command)

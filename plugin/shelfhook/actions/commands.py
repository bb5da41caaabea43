"""What both command actions have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from shelfhook.model import Change, ChangeKind, Item


class CommandParameters(BaseModel):
    """How long to wait for the host."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wait_seconds: float = Field(
        default=600.0,
        ge=0,
        le=86_400,
        description="The job ends when the host has worked off its commands, and at the latest "
        "after so many seconds. 0: it does not wait.",
    )


def command_on_book(item: Item, command: str) -> Change:
    """Have the host run `command` on the item's book."""
    return Change(kind=ChangeKind.COMMAND, entity="book", entity_id=item.id, command=command)

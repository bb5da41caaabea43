"""`refresh`: the host reads the metadata of a book again."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from shelfhook.actions.commands import CommandParameters, command_on_book
from shelfhook.model import Change, Item
from shelfhook.ports import PlanContext


class RefreshParameters(CommandParameters):
    """Nothing more to choose."""


class Refresh:
    """Asks the host to read a book's metadata from its file and its providers again."""

    name = "refresh"
    parameters: type[BaseModel] = RefreshParameters
    needs = frozenset({"refresh"})

    def __init__(self, parameters: BaseModel) -> None:
        self.wait_seconds = RefreshParameters.model_validate(parameters).wait_seconds

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        """One command for every book: only the host knows whether there is something new."""
        del context  # part of the port; nothing to ask
        return [command_on_book(item, "refresh")]

"""`analyze`: the host opens the file of a book again and counts its pages."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from shelfhook.actions.commands import CommandParameters, command_on_book
from shelfhook.model import Change, Item
from shelfhook.ports import PlanContext


class AnalyzeParameters(CommandParameters):
    """Which books to analyze."""

    statuses: tuple[str, ...] = Field(
        default=(),
        description="Only books whose file has one of these states at the host, such as ERROR or "
        "UNKNOWN. Empty: every book.",
    )


class Analyze:
    """Asks the host to analyze a book's file again."""

    name = "analyze"
    parameters: type[BaseModel] = AnalyzeParameters
    needs = frozenset({"analyze"})

    def __init__(self, parameters: BaseModel) -> None:
        chosen = AnalyzeParameters.model_validate(parameters)
        self.wait_seconds = chosen.wait_seconds
        self._statuses = frozenset(status.upper() for status in chosen.statuses)

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        """One command for every book in a wanted state."""
        del context  # part of the port; nothing to ask
        if self._statuses and item.status.upper() not in self._statuses:
            return []
        return [command_on_book(item, "analyze")]

"""`refresh` and `analyze` ask the host for a command on the book."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from shelfhook.actions.analyze import Analyze, AnalyzeParameters
from shelfhook.actions.refresh import Refresh, RefreshParameters
from shelfhook.model import Change, ChangeKind
from shelfhook.ports import Action
from tests.actions.hosts import ShelfHost, imported
from tests.support.contexts import context

BOOK = imported("Iron Harbor 012.cbz")
CONTEXT = context(ShelfHost(BOOK))


@pytest.mark.parametrize(
    ("action", "command"),
    [(Refresh(RefreshParameters()), "refresh"), (Analyze(AnalyzeParameters()), "analyze")],
)
def test_a_command_action_plans_its_command_on_the_book(action: Action, command: str) -> None:
    assert action.plan(BOOK, CONTEXT) == [Change(ChangeKind.COMMAND, "book", "B1", command=command)]
    assert action.needs == {command}


@pytest.mark.parametrize(("status", "planned"), [("ERROR", 1), ("error", 1), ("READY", 0), ("", 0)])
def test_analyze_can_be_restricted_to_states_of_the_file(status: str, planned: int) -> None:
    action = Analyze(AnalyzeParameters(statuses=("Error", "UNKNOWN")))

    assert len(action.plan(replace(BOOK, status=status), CONTEXT)) == planned


def test_refresh_takes_no_parameters() -> None:
    with pytest.raises(ValidationError):
        RefreshParameters.model_validate({"deep": True})

"""The whole document against the application, with made-up requests of all kinds."""

from __future__ import annotations

from typing import get_args

import pytest

from shelfhook.web.api.operations import Access
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.api import probing

SECONDS = 300
"""Some 30 on a machine that has nothing else to do."""


@pytest.mark.timeout(SECONDS)
def test_the_api_keeps_its_word(full: Application) -> None:
    found = probing.probe(full, desk.API | desk.HOOK, examples=12)
    assert not found.faults, "\n\n".join(found.faults[:20])
    assert probing.done(found) == probing.open_to(*get_args(Access))


@pytest.mark.timeout(SECONDS)
def test_an_answer_that_is_not_described_would_be_found(
    full: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(full.view_functions, "catalogue.routines", lambda: {"routines": 5})
    found = probing.probe(full, desk.API, examples=1, only="listRoutines")
    assert any("listRoutines" in fault for fault in found.faults)

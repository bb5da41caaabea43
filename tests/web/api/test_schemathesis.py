"""The whole document against the application, with made-up requests of all kinds."""

from __future__ import annotations

import pytest

from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.api import probing


@pytest.mark.timeout(240)
def test_the_api_keeps_its_word(full: Application) -> None:
    found = probing.probe(full, desk.API | desk.HOOK, examples=10)
    assert not found.faults, "\n\n".join(found.faults[:20])


@pytest.mark.timeout(240)
def test_the_api_keeps_its_word_to_strangers(full: Application) -> None:
    found = probing.probe(full, {}, examples=3)
    assert not found.faults, "\n\n".join(found.faults[:20])

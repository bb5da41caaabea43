"""The whole document against the application, asked by a browser that has signed in."""

from __future__ import annotations

import pytest

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web.api.operations import Access
from shelfhook.web.lean import Application
from tests.web.api import probing
from tests.web.auth.browser import signed_in

SECONDS = 300
LOOK: tuple[Access, ...] = ("public", "viewer", "metrics")
CHANGE: tuple[Access, ...] = (*LOOK, "operator", "admin")
READ_ALL = {"listPeople", "getPerson", "listTokens"}
"""What an admin may look at."""


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("with_word", [True, False])
def test_a_session_opens_what_the_document_says_and_changes_nothing_without_its_word(
    full: Application, store: Store, with_word: bool
) -> None:
    browser = signed_in(full, store, Role.ADMIN)
    headers = {"Cookie": f"shelfhook-session={browser.cookie()}"}
    if with_word:
        headers["X-CSRF-Token"] = browser.get("/api/me").get_json()["csrf_token"]
    found = probing.probe(full, headers, examples=3)
    assert not found.faults, "\n\n".join(found.faults[:20])
    allowed = probing.open_to(*CHANGE) if with_word else probing.open_to(*LOOK) | READ_ALL
    done = probing.done(found) - probing.open_to("hook")
    assert done <= allowed
    assert allowed - done <= probing.CHANCY

"""The whole document against the application, asked by those who may do less, and by nobody."""

from __future__ import annotations

import pytest

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web.api.operations import Access
from shelfhook.web.lean import Application
from tests.web.api import probing

SECONDS = 300
LOOK: tuple[Access, ...] = ("public", "viewer", "metrics")
STEER: tuple[Access, ...] = (*LOOK, "operator")


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize(("role", "opened"), [(Role.VIEWER, LOOK), (Role.OPERATOR, STEER)])
def test_a_role_opens_what_the_document_says_and_no_more(
    full: Application, store: Store, role: Role, opened: tuple[Access, ...]
) -> None:
    _, secret = store.tokens.create("probe", role, None, "test", 0.0)
    found = probing.probe(full, {"Authorization": f"Bearer {secret}"}, examples=3)
    assert not found.faults, "\n\n".join(found.faults[:20])
    allowed, done = probing.open_to(*opened), probing.done(found) - probing.open_to("hook")
    assert done <= allowed
    assert allowed - done <= probing.CHANCY


@pytest.mark.timeout(SECONDS)
def test_strangers_are_refused_as_described(full: Application) -> None:
    found = probing.probe(full, {}, examples=3)
    assert not found.faults, "\n\n".join(found.faults[:20])
    assert probing.done(found) == probing.open_to("public")

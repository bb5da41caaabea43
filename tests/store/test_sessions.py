"""Sessions and links: they end when they should, and a link works once."""

from __future__ import annotations

from typing import Any

import pytest

from shelfhook.errors import Unknown
from shelfhook.model import Role
from shelfhook.store import Store
from tests.support.stores import NOW, count, together

IDLE = 100.0


def begin(store: Store, **how: Any) -> str:
    return store.sessions.begin("x", Role.OPERATOR, NOW, **({"expires_at": NOW + 1_000} | how))


@pytest.mark.parametrize(
    ("seen", "now", "lives"),
    [
        (None, NOW, True),
        (None, NOW + IDLE - 1, True),
        (None, NOW + IDLE, False),
        (NOW + 90, NOW + IDLE + 80, True),
        (NOW + 990, NOW + 999, True),
        (NOW + 990, NOW + 1_000, False),
    ],
)
def test_a_session_ends_when_idle_and_at_last(
    store: Store, seen: float | None, now: float, lives: bool
) -> None:
    secret = begin(store)
    found = store.sessions.find(secret, NOW, IDLE)
    assert found is not None
    if seen:
        store.sessions.touch(found.id, seen)
        store.sessions.end("another")  # waits for what was queued before
    assert (store.sessions.find(secret, now, IDLE) is not None) == lives


def test_a_session_has_the_role_that_its_person_has_now(store: Store) -> None:
    store.people.add("boss", Role.ADMIN, "", NOW)
    store.people.add("anna", Role.ADMIN, "", NOW)
    secret = begin(store, person="anna")
    store.people.set_role("anna", Role.VIEWER)
    found = store.sessions.find(secret, NOW, IDLE)
    assert found is not None
    assert found.role is Role.VIEWER


def test_a_session_ends_with_its_token(store: Store) -> None:
    made, _ = store.tokens.create("t", Role.VIEWER, None, "x", NOW, expires_at=NOW + 5)
    secret = begin(store, token=made.id)
    found = store.sessions.find(secret, NOW, IDLE)
    assert found is not None
    assert found.role is Role.VIEWER  # never more than its token
    assert store.sessions.find(secret, NOW + 5, IDLE) is None
    assert store.sessions.find(begin(store, token="gone"), NOW, IDLE) is None


def test_the_sessions_of_a_person_are_its_own(store: Store) -> None:
    for name in ("anna", "ben"):
        store.people.add(name, Role.VIEWER, "", NOW)
    begin(store, person="anna", agent="Fire\nfox" + "x" * 500)
    begin(store, person="ben")
    begin(store)
    [one] = store.sessions.of("anna", NOW, IDLE)
    assert one.agent == ("Firefox" + "x" * 500)[:200]
    store.sessions.end(one.id)
    assert store.sessions.of("anna", NOW, IDLE) == []
    assert len(store.sessions.of("ben", NOW, IDLE)) == 1


def test_a_link_works_once_however_many_press_it(store: Store, other: Store) -> None:
    secret = store.sessions.make_link(Role.ADMIN, NOW, seconds=60, created_by="x")
    assert store.sessions.link_is_good(secret, NOW)
    used = together(4, lambda n: (store, other)[n % 2].sessions.use_link(secret, NOW))
    assert [one for one in used if one] == [("", Role.ADMIN)]
    assert not store.sessions.link_is_good(secret, NOW)


def test_a_link_that_is_too_old_is_none(store: Store) -> None:
    secret = store.sessions.make_link(Role.ADMIN, NOW, seconds=60, created_by="x")
    assert not store.sessions.link_is_good(secret, NOW + 60)
    assert store.sessions.use_link(secret, NOW + 60) is None


def test_a_link_is_for_somebody_who_exists(store: Store) -> None:
    with pytest.raises(Unknown, match="person"):
        store.sessions.make_link(Role.ADMIN, NOW, seconds=60, created_by="x", person="anna")


def test_what_is_over_is_cleaned_up_and_nothing_else(store: Store) -> None:
    kept, _ = store.tokens.create("kept", Role.ADMIN, None, "x", NOW)
    gone, _ = store.tokens.create("gone", Role.VIEWER, None, "x", NOW, expires_at=NOW + 1)
    shown, _ = store.tokens.create("shown", Role.VIEWER, None, "x", NOW)
    store.tokens.revoke(shown.id, NOW + 60)
    secret = begin(store)
    begin(store, expires_at=NOW + 10)
    store.sessions.make_link(Role.ADMIN, NOW, seconds=10, created_by="x")
    link = store.sessions.make_link(Role.ADMIN, NOW, seconds=90, created_by="x")
    store.sessions.clean(NOW + 50, NOW + 50)
    assert {one.name for one in store.tokens.all()} == {"kept", "shown"}
    assert store.tokens.get(kept.id).live(NOW + 50)
    assert store.sessions.find(secret, NOW + 50, IDLE) is not None
    assert store.sessions.link_is_good(link, NOW + 50)
    assert (count(store, "sessions"), count(store, "links")) == (1, 1)
    assert gone.name == "gone"

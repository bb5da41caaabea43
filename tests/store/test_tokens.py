"""Tokens: told once, found by their secret while they live."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from shelfhook.errors import Conflict, Unknown
from shelfhook.model import Role, Scope
from shelfhook.store import Store
from tests.support.stores import NOW, together


def make(store: Store, role: Role = Role.OPERATOR, expires_at: float | None = None):  # type: ignore[no-untyped-def] # a pair
    return store.tokens.create("script", role, None, "anna", NOW, expires_at=expires_at)


def test_a_token_is_found_by_its_secret_alone(store: Store) -> None:
    made, secret = store.tokens.create(
        "script", Role.OPERATOR, {Scope.READ, Scope.JOBS}, "anna", NOW
    )
    assert secret.startswith("shk_")
    assert made.scopes == {Scope.READ, Scope.JOBS}
    assert store.tokens.find(secret, NOW) == made
    for wrong in (secret + "x", secret[:-1], made.id, ""):
        assert store.tokens.find(wrong, NOW) is None


def test_it_opens_nothing_once_it_has_expired_or_was_revoked(store: Store) -> None:
    made, secret = make(store, expires_at=NOW + 10)
    assert store.tokens.find(secret, NOW + 9.9) is not None
    assert store.tokens.find(secret, NOW + 10) is None
    store.tokens.revoke(made.id, NOW + 1)
    assert store.tokens.find(secret, NOW + 2) is None
    assert store.tokens.get(made.id).revoked_at == NOW + 1


def test_a_use_is_written_at_most_once_a_minute(store: Store) -> None:
    made, _ = make(store)
    for at in (NOW, NOW + 59, NOW + 60, NOW + 61):
        store.tokens.touch(made.id, at)
    store.tokens.revoke(made.id, NOW + 100)  # waits for what was queued before
    assert store.tokens.get(made.id).last_used_at == NOW + 60


def test_the_last_way_in_for_an_admin_cannot_be_revoked(store: Store) -> None:
    first, _ = make(store, Role.ADMIN)
    make(store, Role.OPERATOR)
    make(store, Role.ADMIN, expires_at=NOW + 1)
    with pytest.raises(Conflict, match="last way in"):
        store.tokens.revoke(first.id, NOW + 5)
    store.tokens.revoke(first.id, NOW + 5, spare=True)
    second, _ = make(store, Role.ADMIN)
    store.people.add("anna", Role.ADMIN, "", NOW)
    store.tokens.revoke(second.id, NOW + 5)


def test_a_token_that_does_not_exist_cannot_be_revoked(store: Store) -> None:
    for name in ("nothing", "\0", "\ud800"):
        with pytest.raises(Unknown, match="unknown token"):
            store.tokens.revoke(name, NOW)


def test_the_first_token_is_made_once(store: Store, other: Store) -> None:
    found = together(2, lambda number: (store, other)[number].tokens.create_first(NOW))
    assert sorted(bool(secret) for secret in found) == [False, True]
    [made] = store.tokens.all()
    assert (made.role, made.scopes) == (Role.ADMIN, None)


def test_no_first_token_where_somebody_is_admin(store: Store) -> None:
    store.people.add("anna", Role.ADMIN, "", NOW)
    assert store.tokens.create_first(NOW) == ""


def test_a_narrow_or_dead_admin_token_does_not_count(store: Store) -> None:
    store.tokens.create("narrow", Role.ADMIN, {Scope.READ}, "x", NOW)
    store.tokens.create("dead", Role.ADMIN, None, "x", NOW, expires_at=NOW)
    assert store.tokens.create_first(NOW + 1)


def test_a_revoked_token_ends_the_sessions_that_it_began(store: Store) -> None:
    made, _ = make(store)
    secret = store.sessions.begin("s", Role.OPERATOR, NOW, expires_at=NOW + 99, token=made.id)
    assert store.sessions.find(secret, NOW, 60) is not None
    store.tokens.revoke(made.id, NOW)
    assert store.sessions.find(secret, NOW, 60) is None


def test_no_secret_is_in_the_database(store: Store) -> None:
    _, token = make(store)
    link = store.sessions.make_link(Role.ADMIN, NOW, seconds=60, created_by="x")
    session = store.sessions.begin("s", Role.ADMIN, NOW, expires_at=NOW + 60)
    store.people.add("anna", Role.ADMIN, "a password to find", NOW)
    with store._read_engine.connect() as connection:
        rows = [
            str(tuple(row))
            for table in ("people", "tokens", "sessions", "links")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert len(rows) == 4
    for secret in (token, link, session, "a password to find"):
        assert secret not in "\n".join(rows)


def test_a_scope_of_a_newer_version_opens_nothing(store: Store) -> None:
    made, secret = make(store)
    store.writer.call(
        lambda c, calls: [c.execute(text("UPDATE tokens SET scopes = 'future'")) for _ in calls],
        None,
    )
    found = store.tokens.find(secret, NOW)
    assert found is not None
    assert (found.id, found.scopes) == (made.id, frozenset())

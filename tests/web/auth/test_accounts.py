"""`/api/me`, `/api/people`, `/api/tokens`."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.model import Role
from shelfhook.store import Store
from tests.web import desk
from tests.web.auth.browser import PASSWORD


def call(client: FlaskClient, method: str, path: str, body: Any = None) -> Any:
    return client.open(f"/api{path}", method=method, json=body, headers=desk.API)


def test_me(client: FlaskClient) -> None:
    assert call(client, "GET", "/me").get_json() == {
        "name": "web.token",
        "role": "admin",
        "via": "token",
        "scopes": None,
        "csrf_token": None,
    }


def test_people_are_added_changed_and_removed(client: FlaskClient, store: Store) -> None:
    store.people.add("boss", Role.ADMIN, "", 0)
    made = call(client, "POST", "/people", {"name": "Anna", "password": PASSWORD})
    assert made.status_code == 201
    assert made.get_json() | {"created_at": ""} == {
        "name": "anna",
        "role": "viewer",
        "has_password": True,
        "created_at": "",
        "signed_in_at": None,
    }
    changed = call(client, "PATCH", "/people/anna", {"role": "admin", "password": "a new password"})
    assert changed.get_json()["role"] == "admin"
    assert store.people.check("anna", "a new password") is not None
    assert call(client, "GET", "/people/anna").get_json() == changed.get_json()
    names = [one["name"] for one in call(client, "GET", "/people").get_json()["people"]]
    assert names == ["anna", "boss"]
    assert call(client, "DELETE", "/people/anna").status_code == 204
    assert call(client, "GET", "/people/anna").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/people", {"name": "boss"}, 409),
        ("POST", "/people", {"name": "a b"}, 400),
        ("POST", "/people", {"name": "x", "role": "king"}, 400),
        ("POST", "/people", {"name": "x", "admin": True}, 400),
        ("POST", "/people", {"name": "x", "password": "short"}, 400),
        ("PATCH", "/people/boss", {}, 400),
        ("PATCH", "/people/boss", {"role": "viewer"}, 409),
        ("PATCH", "/people/nobody", {"role": "viewer"}, 404),
        ("DELETE", "/people/boss", None, 409),
        ("DELETE", "/people/nobody", None, 404),
        ("POST", "/tokens", {"name": ""}, 400),
        ("POST", "/tokens", {"name": "x", "scopes": []}, 400),
        ("POST", "/tokens", {"name": "x", "scopes": ["everything"]}, 400),
        ("POST", "/tokens", {"name": "x", "days": 0}, 400),
        ("POST", "/tokens", {"name": "x", "days": "1"}, 400),
        ("DELETE", "/tokens/nothing", None, 404),
    ],
)
def test_what_is_wrong_is_told(
    client: FlaskClient, store: Store, method: str, path: str, body: Any, status: int
) -> None:
    store.people.add("boss", Role.ADMIN, "", 0)
    answer = call(client, method, path, body)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert (len(store.people.all()), store.tokens.all()) == (1, [])


def test_tokens_are_made_listed_and_revoked(client: FlaskClient, store: Store) -> None:
    body = {"name": "s", "role": "operator", "scopes": ["jobs", "read"], "days": 1}
    made = call(client, "POST", "/tokens", body)
    assert made.status_code == 201
    secret, token_id = made.get_json()["secret"], made.get_json()["id"]
    listed = call(client, "GET", "/tokens")
    [one] = listed.get_json()["tokens"]
    assert (one["scopes"], one["live"], one["created_by"]) == (["jobs", "read"], True, "web.token")
    assert secret not in listed.text
    assert "hash" not in listed.text
    assert call(client, "DELETE", f"/tokens/{token_id}").status_code == 204
    assert store.tokens.find(secret, 0) is None
    assert call(client, "GET", "/tokens").get_json()["tokens"][0]["live"] is False

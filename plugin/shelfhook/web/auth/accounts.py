"""`/api/me`, `/api/people` and `/api/tokens`: the same for programs."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, request
from pydantic import Field

from shelfhook.model import Person, Role, Scope, Token
from shelfhook.web.auth import governing
from shelfhook.web.auth.forms import name_in
from shelfhook.web.auth.identity import current_identity
from shelfhook.web.bodies import Body, body_as
from shelfhook.web.context import current
from shelfhook.web.guard import govern
from shelfhook.web.lean import Answer, answer
from shelfhook.web.problems import Problem
from shelfhook.web.shapes import API, moment
from shelfhook.web.texts import Text

blueprint = Blueprint("accounts", __name__, url_prefix=API)


@blueprint.before_request
def admins_only() -> None:
    """All but `me`."""
    if request.endpoint != f"{blueprint.name}.me":
        govern()


class NewPerson(Body):
    """Somebody to add. Without a password only a link or a proxy lets him in."""

    name: Text
    role: Role = Field(default=Role.VIEWER, strict=False)
    password: str = ""


class ChangedPerson(Body):
    """What is to change; a new password ends all sessions."""

    role: Role | None = Field(default=None, strict=False)
    password: str | None = None


class NewToken(Body):
    """A token to make. Without scopes it is good for all that its role may do."""

    name: Text
    role: Role = Field(default=Role.VIEWER, strict=False)
    scopes: list[Annotated[Scope, Field(strict=False)]] | None = None
    days: int | None = None


@blueprint.get("/me")
def me() -> Answer:
    """Who asks, and what he may do."""
    found = current_identity()
    return answer(
        {
            "name": found.name,
            "role": found.role,
            "via": found.via,
            "scopes": _scopes(found.scopes),
            "csrf_token": found.csrf or None,
        }
    )


@blueprint.get("/people")
def people() -> Answer:
    """Everybody."""
    return answer({"people": [_person(one) for one in current().store.people.all()]})


@blueprint.post("/people")
def add_person() -> Answer:
    """Add somebody."""
    body = body_as(NewPerson)
    return answer(_person(governing.add_person(body.name, body.role, body.password)), 201)


@blueprint.get("/people/<name>")
def person(name: str) -> Answer:
    """One person."""
    return answer(_person(current().store.people.get(name_in(name))))


@blueprint.patch("/people/<name>")
def change_person(name: str) -> Answer:
    """Change somebody's role, password, or both."""
    body = body_as(ChangedPerson)
    if body.role is None and body.password is None:
        raise Problem(400, "nothing to change; give role, password or both")
    if body.password is not None:
        governing.check_password(body.password)  # both or neither
    if body.role is not None:
        governing.set_role(name, body.role)
    if body.password is not None:
        governing.set_password(name, body.password)
    return person(name)


@blueprint.delete("/people/<name>")
def remove_person(name: str) -> Answer:
    """Remove somebody, with all sessions."""
    governing.remove_person(name)
    return Answer(None, 204)


@blueprint.get("/tokens")
def tokens() -> Answer:
    """Every token, without secrets, the newest first."""
    return answer({"tokens": [_token(one) for one in current().store.tokens.all()]})


@blueprint.post("/tokens")
def create_token() -> Answer:
    """Make a token; `secret` is told in this answer and never again."""
    body = body_as(NewToken)
    scopes = None if body.scopes is None else frozenset(body.scopes)
    made, secret = governing.create_token(body.name, body.role, scopes, body.days)
    return answer(_token(made) | {"secret": secret}, 201)


@blueprint.delete("/tokens/<token_id>")
def revoke_token(token_id: str) -> Answer:
    """Let a token open nothing any more."""
    governing.revoke_token(token_id)
    return Answer(None, 204)


def _person(one: Person) -> dict[str, Any]:
    return {
        "name": one.name,
        "role": one.role,
        "has_password": one.has_password,
        "created_at": moment(one.created_at),
        "signed_in_at": moment(one.signed_in_at),
    }


def _token(one: Token) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "role": one.role,
        "scopes": _scopes(one.scopes),
        "live": one.live(current().clock.now()),
        "created_by": one.created_by,
        "created_at": moment(one.created_at),
        "last_used_at": moment(one.last_used_at),
        "expires_at": moment(one.expires_at),
        "revoked_at": moment(one.revoked_at),
    }


def _scopes(scopes: frozenset[Scope] | None) -> list[str] | None:
    return None if scopes is None else sorted(scopes)

"""`/api/me`, `/api/people` and `/api/tokens`: the same for programs."""

from __future__ import annotations

from typing import Annotated, Any, Final

from flask import Blueprint, request
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from shelfhook.model import Person, Role, Scope, Token
from shelfhook.store import passwords
from shelfhook.web.auth import governing
from shelfhook.web.auth.forms import name_in
from shelfhook.web.auth.identity import current_identity
from shelfhook.web.bodies import Body, Query, body_as, query_as
from shelfhook.web.context import current
from shelfhook.web.guard import govern
from shelfhook.web.lean import Answer, answer
from shelfhook.web.problems import Problem
from shelfhook.web.shapes import API, moment
from shelfhook.web.texts import WHOLE, Text

blueprint = Blueprint("accounts", __name__, url_prefix=API)

PERSON_SCHEMA: Final[JsonDict] = {"pattern": r"^[\w.@+-]{1,64}$"}
PASSWORD_SCHEMA: Final[JsonDict] = {
    "minLength": passwords.SHORTEST,
    "maxLength": passwords.LONGEST,
    "pattern": r"^[^\u0000]*$",
}
NEW_PASSWORD_SCHEMA: Final[JsonDict] = {"anyOf": [{"const": ""}, PASSWORD_SCHEMA]}
DAYS_SCHEMA: Final[JsonDict] = {"minimum": 1, "maximum": governing.LONGEST_DAYS}
"""What `governing` checks, for the description."""


@blueprint.before_request
def admins_only() -> None:
    """All but `me`."""
    if request.endpoint != f"{blueprint.name}.me":
        govern()


class NewPerson(Body):
    """Somebody to add. Without a password only a link or a proxy lets him in."""

    name: Annotated[Text, Field(json_schema_extra=PERSON_SCHEMA)]
    role: Role = Field(default=Role.VIEWER, strict=False)
    password: str = Field(default="", json_schema_extra=NEW_PASSWORD_SCHEMA)


class ChangedPerson(Body):
    """What is to change; a new password ends all sessions."""

    role: Role | None = Field(default=None, strict=False)
    password: str | None = Field(default=None, json_schema_extra=PASSWORD_SCHEMA)

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})


class NewToken(Body):
    """A token to make. Without scopes it is good for all that its role may do."""

    name: Annotated[Text, Field(json_schema_extra={"minLength": 1})]
    role: Role = Field(default=Role.VIEWER, strict=False)
    scopes: list[Annotated[Scope, Field(strict=False)]] | None = Field(
        default=None, json_schema_extra={"minItems": 1}
    )
    days: Annotated[int, WHOLE] | None = Field(default=None, json_schema_extra=DAYS_SCHEMA)


@blueprint.get("/me")
def me() -> Answer:
    """Who asks, and what he may do."""
    query_as(Query)
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
    query_as(Query)
    return answer({"people": [_person(one) for one in current().store.people.all()]})


@blueprint.post("/people")
def add_person() -> Answer:
    """Add somebody."""
    body = body_as(NewPerson)
    return answer(_person(governing.add_person(body.name, body.role, body.password)), 201)


@blueprint.get("/people/<person>")
def person(person: str) -> Answer:
    """One person."""
    query_as(Query)
    return _one(person)


@blueprint.patch("/people/<person>")
def change_person(person: str) -> Answer:
    """Change somebody's role, password, or both."""
    body = body_as(ChangedPerson)
    if not body.model_fields_set:
        raise Problem(400, "nothing to change; give role, password or both")
    if body.password is not None:
        governing.check_password(body.password)  # both or neither
    if body.role is not None:
        governing.set_role(person, body.role)
    if body.password is not None:
        governing.set_password(person, body.password)
    return _one(person)


@blueprint.delete("/people/<person>")
def remove_person(person: str) -> Answer:
    """Remove somebody, with all sessions."""
    governing.remove_person(person)
    return Answer(None, 204)


@blueprint.get("/tokens")
def tokens() -> Answer:
    """Every token, without secrets, the newest first."""
    query_as(Query)
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


def _one(name: str) -> Answer:
    return answer(_person(current().store.people.get(name_in(name))))


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

"""What the API answers about people and tokens."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from shelfhook.model import Role, Scope
from shelfhook.web.api.answers import Answer


class Me(Answer):
    """Who asks, and what he may do."""

    name: str
    role: Role
    via: Literal["token", "session", "proxy"]
    """What proves it."""
    scopes: list[Scope] | None
    """What it is good for; null for all that the role may do."""
    csrf_token: str | None
    """What a changing call must send as `X-CSRF-Token`; null where none is needed."""


class Person(Answer):
    """Somebody who signs in."""

    name: str
    role: Role
    has_password: bool
    """Without one only a link or a trusted proxy lets him in."""
    created_at: AwareDatetime
    signed_in_at: AwareDatetime | None


class People(Answer):
    """Everybody."""

    people: list[Person]


class Token(Answer):
    """A program's way in, without its secret."""

    id: str
    name: str
    role: Role
    scopes: list[Scope] | None
    """What it is good for; null for all that its role may do."""
    live: bool
    """Whether it still opens anything."""
    created_by: str
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None


class Tokens(Answer):
    """Every token, the newest first."""

    tokens: list[Token]


class MadeToken(Token):
    """A new token."""

    secret: str
    """Told here and never again."""

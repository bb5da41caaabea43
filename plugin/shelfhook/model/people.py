"""Who may use Shelfhook: people with passwords, tokens for programs, sessions of browsers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NAME: Final = re.compile(r"[\w.@+-]{1,64}")
"""Names of people: letters, digits and `._@+-`, which user names and addresses of mail need."""


class Role(StrEnum):
    """What somebody may do: look; start and steer jobs; people, tokens and settings besides."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def at_least(self, other: Role) -> bool:
        """Whether this role may do whatever the other one may."""
        return ORDER.index(self) >= ORDER.index(other)

    def capped(self, most: Role) -> Role:
        """The lower of two roles."""
        return self if most.at_least(self) else most


ORDER: Final = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)


class Scope(StrEnum):
    """What a token is good for; one without scopes is good for all that its role may do."""

    READ = "read"
    JOBS = "jobs"
    HOOKS = "hooks"
    METRICS = "metrics"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in. Without a password only a proxy or a link can vouch for him."""

    name: str
    role: Role
    has_password: bool
    created_at: float
    signed_in_at: float | None


@dataclass(frozen=True, slots=True)
class Token:
    """A program's way in; its secret is known to the program alone.

    `scopes` is None for all that the role may do.
    """

    id: str
    name: str
    role: Role
    scopes: frozenset[Scope] | None
    created_by: str
    created_at: float
    last_used_at: float | None
    expires_at: float | None
    revoked_at: float | None

    def live(self, now: float) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has signed in, as a person or with a token.

    Attributes:
        id: names it in lists; the cookie's secret is another word.
        name: who it is, for people to read.
        person: name of the person; "" if it is none.
        token: id of the token; "" if it is none.
        agent: what the browser calls itself.
    """

    id: str
    name: str
    person: str
    token: str
    role: Role
    scopes: frozenset[Scope] | None
    agent: str
    created_at: float
    seen_at: float
    expires_at: float


def person_name(given: str) -> str:
    """The name as it is kept: without blanks around it, in small letters.

    Raises:
        ValueError: it is no name.
    """
    name = given.strip().casefold()
    if not NAME.fullmatch(name):
        raise ValueError("give 1 to 64 letters, digits or ._@+-")
    return name

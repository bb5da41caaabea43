"""Who looks at a page, and what he may do. A thin stand-in for the room `web.auth`.

At the merge this becomes `from shelfhook.web.auth import …`; nothing else in the pages knows who
somebody is. Until then whoever shows the API's token (see `guard`) is an admin.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shelfhook.web.context import current


class Role(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def at_least(self, other: Role) -> bool:
        """Whether this role may do whatever the other one may."""
        return ORDER.index(self) >= ORDER.index(other)


ORDER: Final = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is."""

    name: str
    role: Role
    via: str
    scopes: frozenset[str] | None
    csrf: str


def current_identity() -> Identity:
    """Who makes the present request."""
    digest = hmac.digest(current().token, b"csrf", hashlib.sha256).hex()
    return Identity("token", Role.ADMIN, "token", None, digest)


def csrf_token() -> str:
    """What a changing form must send along."""
    return current_identity().csrf


def may_govern() -> bool:
    """Whether the settings are shown."""
    return current_identity().role.at_least(Role.ADMIN)


def may_operate() -> bool:
    """Whether buttons are shown."""
    return current_identity().role.at_least(Role.OPERATOR)

"""What a request needs: pure decisions by method and path.

Everything is closed until it is opened here, so a path that somebody adds is never open by mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shelfhook.model import Role, Scope

if TYPE_CHECKING:
    from shelfhook.web.auth.identity import Identity

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEALTH: Final = frozenset({"/health", "/health/live", "/health/ready"})
"""What an orchestrator of containers asks, which has no secrets."""
PROGRAMS: Final = ("/api/", "/hooks/", "/health", "/metrics", "/manifest.json", "/static/")
"""Paths that programs ask: never sent to the sign-in page."""
TRY: Final = "/api/docs"
"""The one page for people among the paths of programs."""
VERSION: Final = re.compile(r"^/api/v[0-9]+(?=/|$)")


@dataclass(frozen=True, slots=True)
class Need:
    """A role, and one of some scopes (none: whatever the scopes)."""

    role: Role
    scopes: frozenset[Scope] = frozenset()

    def met_by(self, identity: Identity) -> bool:
        """Whether somebody may do what needs this."""
        if not identity.role.at_least(self.role):
            return False
        return identity.scopes is None or not self.scopes or bool(identity.scopes & self.scopes)


LOOK: Final = Need(Role.VIEWER, frozenset({Scope.READ}))
MEASURE: Final = Need(Role.VIEWER, frozenset({Scope.READ, Scope.METRICS}))
STEER: Final = Need(Role.OPERATOR, frozenset({Scope.JOBS}))
DELIVER: Final = Need(Role.OPERATOR, frozenset({Scope.HOOKS}))
GOVERN: Final = Need(Role.ADMIN, frozenset({Scope.ADMIN}))
ONESELF: Final = Need(Role.VIEWER)
"""What concerns nobody but who asks."""


def need_of(method: str, path: str) -> Need | None:
    """What a request needs; None for what is open to all."""
    path = VERSION.sub("/api", path)
    if is_open(path):
        return None
    if path == "/metrics":
        return MEASURE
    if path in ("/api/me", "/sign-out") or _below(path, "/account"):
        return ONESELF
    if _below(path, "/api/tokens") or _below(path, "/api/people") or _below(path, "/settings"):
        return GOVERN
    return LOOK if method in SAFE else STEER


def is_open(path: str) -> bool:
    """Whether a path is open to all: deliveries are judged by their host's own secret."""
    return path in HEALTH or path.startswith(("/hooks/", "/static/")) or _below(path, "/sign-in")


def is_page(path: str) -> bool:
    """Whether people look at a path, so that they may be sent to the sign-in."""
    return not path.startswith(PROGRAMS) or VERSION.sub("/api", path) == TRY


def _below(path: str, top: str) -> bool:
    return path == top or path.startswith(top + "/")

"""Who makes a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from flask import request

from shelfhook.model import Role, Scope
from shelfhook.web.auth import cookies, csrf
from shelfhook.web.senders import bearer

if TYPE_CHECKING:  # the context holds what this room makes
    from shelfhook.web.context import Web

__all__ = ["STRANGER", "Identity", "Role", "Scope", "current_identity", "identify"]

KEY: Final = "shelfhook.identity"
"""Where the guard leaves an identity in a request's environ."""

Via: TypeAlias = Literal["token", "session", "proxy", ""]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes a request, and what he may do.

    Attributes:
        name: for people to read; "" for a stranger.
        via: what proves it; "" for a stranger.
        scopes: what it is good for; None for all that the role may do.
        csrf: what a changing form must send along; "" where none is needed.
        person: name of the person; "" if it is none.
        token: id of the token; "" if it is none.
        session: id of the session; "" if it is none.
    """

    name: str
    role: Role
    via: Via
    scopes: frozenset[Scope] | None
    csrf: str = ""
    person: str = ""
    token: str = ""
    session: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether it is anybody at all."""
        return bool(self.via)


STRANGER: Final = Identity("", Role.VIEWER, "", frozenset())
"""Who looks at a page that is open to all; he has no scope, so he may do nothing."""


def identify(web: Web, environ: dict[str, Any]) -> Identity | None:
    """Who makes a request, found in its WSGI environ alone; None for a stranger.

    A bearer token decides alone; then the name that a trusted proxy gives; then the cookie.
    """
    if given := bearer(environ):
        return web.doors.by_token(given)
    secure = web.doors.secure(environ)
    if name := web.doors.named_by_proxy(environ):
        return web.doors.by_proxy(name, csrf.of_form(environ, name))
    secret = cookies.session_secret(environ, secure)
    return web.doors.by_session(secret) if secret else None


def current_identity() -> Identity:
    """Who makes the present request; the stranger on pages that are open to all."""
    found = request.environ.get(KEY, STRANGER)
    assert isinstance(found, Identity)
    return found

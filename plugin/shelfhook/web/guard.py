"""Who may use the API: whoever shows the bearer token."""

from __future__ import annotations

from flask import request

from shelfhook.web.context import current
from shelfhook.web.problems import Problem
from shelfhook.web.senders import bearer, same

CHALLENGE = ("WWW-Authenticate", 'Bearer realm="shelfhook"')


def require_token() -> None:
    """Refuse a request without the token.

    Asked before every request, so that a path that somebody adds is closed until it is opened
    here; a path that does not exist is not told from one that does.
    """
    path = request.environ["PATH_INFO"]
    if path.startswith("/hooks/") or path == "/health":
        return  # deliveries are judged by their host's own secret, see `senders`
    if not same(current().token, bearer(request.environ)):
        raise unauthorized("token missing or wrong; send Authorization: Bearer … with web.token")


def unauthorized(detail: str) -> Problem:
    """A request that does not prove itself."""
    return Problem(401, detail, headers=[CHALLENGE])

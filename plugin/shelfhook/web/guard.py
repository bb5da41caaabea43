"""Who may use the API: whoever shows the bearer token."""

from __future__ import annotations

from flask import request

from shelfhook.web.context import current
from shelfhook.web.problems import Problem
from shelfhook.web.senders import bearer, same

CHALLENGE = ("WWW-Authenticate", 'Bearer realm="shelfhook"')

HEALTH = frozenset({"/health", "/health/live", "/health/ready"})
"""What an orchestrator of containers asks, which has no secrets."""


def require_token() -> None:
    """Refuse a request without the token.

    Asked before every request, so that a path that somebody adds is closed until it is opened
    here; a path that does not exist is not told from one that does.
    """
    path = request.environ["PATH_INFO"]
    if path.startswith(("/hooks/", "/static/")) or path in HEALTH:
        return  # deliveries are judged by their host's own secret, see `senders`
    web, given = current(), bearer(request.environ)
    if path == "/metrics" and web.metrics_token and same(web.metrics_token, given):
        return  # a token that a monitoring server may hold, since it opens nothing else
    if not same(web.token, given):
        raise unauthorized("token missing or wrong; send Authorization: Bearer … with web.token")


def unauthorized(detail: str) -> Problem:
    """A request that does not prove itself."""
    return Problem(401, detail, headers=[CHALLENGE])

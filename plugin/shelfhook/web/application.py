"""The application factory."""

from __future__ import annotations

from typing import Any

from shelfhook.web import (
    catalogue,
    findings,
    guard,
    health,
    hooks,
    jobs,
    lean,
    lookups,
    metrics,
    problems,
    stream,
    wishes,
)
from shelfhook.web.api import routes as api
from shelfhook.web.api.versions import Versions
from shelfhook.web.context import EXTENSION, Web, WebContext


def create_app(context: WebContext) -> lean.Application:
    """The Flask application over a store, a configuration and a clock.

    Raises:
        ConfigurationError: there is no web.token, or a host's hook_secret is none.
    """
    app = lean.Application()
    web = Web(context)
    app.extensions[EXTENSION] = web
    app.before_request(guard.require_token)
    problems.install(app)
    _route(app)
    inner = Versions(app.wsgi_app)
    app.wsgi_app = hooks.Express(web, inner)  # type: ignore[method-assign] # Flask's own way
    return app


def openapi() -> dict[str, Any]:
    """The API as OpenAPI 3.1, without a service that answers."""
    from shelfhook.web.api.document import document  # spectree, which most never need

    app = lean.Application()
    _route(app)
    return document(app)


def _route(app: lean.Application) -> None:
    app.url_map.merge_slashes = False  # a path with an empty part is a 404, not a redirect
    for room in (hooks, jobs, wishes, stream, catalogue, lookups, findings, health, metrics):
        app.register_blueprint(room.blueprint)
    api.install(app)

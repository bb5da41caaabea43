"""The application factory."""

from __future__ import annotations

from shelfhook.web import (
    catalogue,
    findings,
    guard,
    health,
    hooks,
    jobs,
    lean,
    metrics,
    pages,
    problems,
    stream,
    wishes,
)
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
    for room in (hooks, jobs, wishes, stream, catalogue, findings, health, metrics):
        app.register_blueprint(room.blueprint)
    pages.install(app)
    app.wsgi_app = hooks.Express(web, app.wsgi_app)  # type: ignore[method-assign] # Flask's own way
    return app

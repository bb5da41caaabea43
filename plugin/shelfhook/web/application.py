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
    problems,
    stream,
    wishes,
)
from shelfhook.web.auth import account, accounts, settings_pages, sign_in, templates
from shelfhook.web.context import EXTENSION, Web, WebContext


def create_app(context: WebContext) -> lean.Application:
    """The Flask application over a store, a configuration and a clock.

    Raises:
        ConfigurationError: a host's hook_secret is none.
    """
    app = lean.Application()
    web = Web(context)
    app.extensions[EXTENSION] = web
    app.before_request(guard.judge)
    app.after_request(guard.finish)
    problems.install(app)
    app.context_processor(templates.known)
    for room in (sign_in, account, settings_pages, accounts):
        app.register_blueprint(room.blueprint)
    for room in (hooks, jobs, wishes, stream, catalogue, findings, health, metrics):
        app.register_blueprint(room.blueprint)
    app.wsgi_app = hooks.Express(web, app.wsgi_app)  # type: ignore[method-assign] # Flask's own way
    return app

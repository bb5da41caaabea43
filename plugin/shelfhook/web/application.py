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
    wishes,
)
from shelfhook.web.auth import account, accounts, settings_pages, sign_in, templates
from shelfhook.web.context import EXTENSION, Web, WebContext
from shelfhook.web.live import views as live


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
    for room in (hooks, jobs, wishes, live, catalogue, findings, health, metrics):
        app.register_blueprint(room.blueprint)
    express = hooks.Express(web, app.wsgi_app)
    app.wsgi_app = web.proxies.before(express)  # type: ignore[method-assign,assignment] # Flask's own way
    return app

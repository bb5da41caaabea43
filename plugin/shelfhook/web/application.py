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
    notifications,
    pages,
    problems,
    records,
    schedules,
    wishes,
)
from shelfhook.web.api import routes as api
from shelfhook.web.api.versions import Versions
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
    app.config["MAX_CONTENT_LENGTH"] = web.limit  # of forms; other bodies are read by `bodies`
    app.before_request(guard.judge)
    app.after_request(guard.finish)
    problems.install(app)
    app.context_processor(templates.known)
    _route(app)
    for room in (sign_in, account, settings_pages):
        app.register_blueprint(room.blueprint)
    pages.install(app)
    express = hooks.Express(web, Versions(app.wsgi_app))
    app.wsgi_app = web.proxies.before(express)  # type: ignore[method-assign,assignment] # Flask's own way
    return app


def openapi() -> dict[str, Any]:
    """The API as OpenAPI 3.1, without a service that answers."""
    from shelfhook.web.api.document import document  # spectree, which most never need

    app = lean.Application()
    _route(app)
    return document(app)


def _route(app: lean.Application) -> None:
    app.url_map.merge_slashes = False  # a path with an empty part is a 404, not a redirect
    for room in (
        hooks,
        jobs,
        wishes,
        live,
        catalogue,
        lookups,
        schedules,
        findings,
        records,
        health,
        metrics,
        accounts,
        notifications,
    ):
        app.register_blueprint(room.blueprint)
    api.install(app)

"""`/api/v1/openapi.json`, and the page to try the API at `/api/v1/docs`."""

from __future__ import annotations

import html
from functools import cached_property
from importlib import resources
from typing import Final

from flask import Blueprint, Flask, current_app, request
from werkzeug.exceptions import NotFound

from shelfhook.web.auth import current_identity
from shelfhook.web.etags import by_content
from shelfhook.web.lean import Answer, dump

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

EXTENSION: Final = "shelfhook.api"
KINDS: Final = {
    "try.js": "text/javascript; charset=utf-8",
    "call.js": "text/javascript; charset=utf-8",
    "form.js": "text/javascript; charset=utf-8",
    "try.css": "text/css; charset=utf-8",
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
KEPT: Final = "private, no-cache"
"""A browser may keep it, and asks each time whether it is still so."""


class Description:
    """The document of one application, made when it is first asked for."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def body(self) -> bytes:
        """As it is sent. Two threads may make it at once; both make the same."""
        from shelfhook.web.api.document import document  # spectree, which most never need

        return dump(document(self._app))


def install(app: Flask) -> None:
    """Let the application describe itself."""
    app.extensions[EXTENSION] = Description(app)
    app.register_blueprint(blueprint)


@blueprint.get("/openapi.json", endpoint="document")
def described() -> Answer:
    """The API as OpenAPI 3.1."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Description)
    return by_content(Answer(found.body, headers=[("Cache-Control", KEPT)]))


@blueprint.get("/docs")
def page() -> Answer:
    """A page to try the API."""
    top = html.escape(request.script_root)
    text = _file("page.html").replace("{root}", f"{top}/api/v1").replace("{top}", top)
    return Answer(
        text.replace("{csrf}", html.escape(current_identity().csrf)),
        headers=[("Content-Security-Policy", POLICY)],
        content_type="text/html; charset=utf-8",
    )


@blueprint.get("/docs/<name>")
def asset(name: str) -> Answer:
    """The page's script and its style sheet."""
    if name not in KINDS:
        raise NotFound
    return by_content(
        Answer(_file(name), headers=[("Cache-Control", KEPT)], content_type=KINDS[name])
    )


def _file(name: str) -> str:
    return (resources.files("shelfhook.web.api") / "static" / name).read_text(encoding="utf-8")

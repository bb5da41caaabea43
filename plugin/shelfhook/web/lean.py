"""Flask with what we do not use left out, and answers as the server sends them fastest."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import Headers

SECURITY = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]
"""On every answer, whoever makes it."""

JSON = "application/json"


class Answer(Response):
    """A response that carries the security headers from birth."""

    default_mimetype = JSON
    automatically_set_content_length = True

    def __init__(
        self,
        body: Iterable[bytes] | bytes | str | None = None,
        status: int = 200,
        headers: Iterable[tuple[str, str]] = (),
        content_type: str | None = None,
        **_: Any,
    ) -> None:
        super().__init__(body, status, Headers(headers), content_type=content_type)
        for name, value in SECURITY:
            self.headers.setdefault(name, value)

    def get_app_iter(self, environ: dict[str, Any]) -> Iterable[bytes]:
        """The body; a plain one as a list, which granian sends in one go."""
        if self.is_sequence and environ["REQUEST_METHOD"] != "HEAD" and not self._on_close:
            return list(self.iter_encoded())
        return super().get_app_iter(environ)


class NoSessions(SessionInterface):
    """We keep no sessions; every request proves itself."""

    def open_session(self, *_: object) -> SessionMixin:
        """Give the same empty session to all."""
        return NO_SESSION

    def save_session(self, *_: object) -> None:
        """Save nothing."""


class _Session(dict[str, Any], SessionMixin):
    pass


NO_SESSION = _Session()


class Application(Flask):
    """Our application: no sessions, no static files of Flask's, our answers."""

    response_class = Answer
    session_interface = NoSessions()

    def __init__(self) -> None:
        super().__init__("shelfhook.web", static_folder=None, template_folder="templates")


def dump(document: object) -> bytes:
    """JSON, compact. Half a character pair, which UTF-8 cannot hold, is left escaped."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def answer(document: object, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """A JSON answer."""
    return Answer(dump(document), status, headers)

"""Two cookies: the session's secret, and one that proves that a form of ours was sent.

Under https and without a base path their names begin with `__Host-`, which browsers let nobody
overwrite from a neighbouring host (RFC 6265bis, section 4.1.3).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response

SESSION: Final = "shelfhook-session"
FORM: Final = "shelfhook-form"
MINTED: Final = "shelfhook.form-secret"
"""Where a secret that this request has made waits for its cookie."""
LONGEST: Final = 128
"""No secret of ours is longer."""


def session_secret(environ: Mapping[str, Any], secure: bool) -> str:
    """The session's secret that a browser shows; "" if it shows none."""
    return _read(environ, SESSION, secure)


def form_secret(environ: dict[str, Any], secure: bool) -> str:
    """The form's secret; one is made for a browser that has none."""
    found = environ.get(MINTED) or _read(environ, FORM, secure)
    if not found:
        found = environ[MINTED] = secrets.token_urlsafe(24)
    return str(found)


def set_session(
    answer: Response, environ: Mapping[str, Any], secret: str, secure: bool, seconds: int
) -> None:
    """Have the browser keep the session's secret."""
    _set(answer, environ, SESSION, secret, secure, seconds)


def drop_session(answer: Response, environ: Mapping[str, Any], secure: bool) -> None:
    """Have the browser forget it."""
    _set(answer, environ, SESSION, "", secure, 0)


def set_form(answer: Response, environ: Mapping[str, Any], secure: bool) -> None:
    """Have the browser keep the form's secret, if this request has made one."""
    if secret := environ.get(MINTED):
        _set(answer, environ, FORM, secret, secure, None)


def _read(environ: Mapping[str, Any], name: str, secure: bool) -> str:
    header = environ.get("HTTP_COOKIE", "")
    if name not in header:
        return ""
    value = parse_cookie(header).get(_named(environ, name, secure), "")
    return value if len(value) <= LONGEST else ""


def _named(environ: Mapping[str, Any], name: str, secure: bool) -> str:
    if not secure:
        return name
    return f"__Secure-{name}" if environ.get("SCRIPT_NAME") else f"__Host-{name}"


def _set(
    answer: Response,
    environ: Mapping[str, Any],
    name: str,
    value: str,
    secure: bool,
    seconds: int | None,
) -> None:
    answer.set_cookie(
        _named(environ, name, secure),
        value,
        max_age=seconds,
        path=environ.get("SCRIPT_NAME") or "/",
        secure=secure,
        httponly=True,
        samesite="Lax",  # Strict would have links from a notification end at the sign-in
    )

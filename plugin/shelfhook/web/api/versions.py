"""One prefix for the API, `/api/v1`; without a version, `/api/…` means the newest one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from shelfhook.web.shapes import API

if TYPE_CHECKING:  # exists for type checkers only
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SHORT: Final = "/api/"
VERSIONED: Final = re.compile(r"/api/v[0-9]+(/|$)")
"""Also a version that we do not have: it shall be a 404, not another version's answer."""


def newest(path: str) -> str:
    """A path with the newest version in it, where it names none."""
    if not path.startswith(SHORT) or VERSIONED.match(path):
        return path
    return f"{API}/{path.removeprefix(SHORT)}"


class Versions:
    """Writes the newest version into a request's path before anybody routes it (a middleware)."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on."""
        environ["PATH_INFO"] = newest(environ["PATH_INFO"])
        return self._application(environ, start_response)

"""A request as granian gives it (RSGI), as a WSGI environ (PEP 3333)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Protocol

JOINED_BY = {"HTTP_COOKIE": "; "}
"""What joins the values of a header that came several times, where it is no comma."""
PLAIN = {"HTTP_CONTENT_TYPE": "CONTENT_TYPE", "HTTP_CONTENT_LENGTH": "CONTENT_LENGTH"}


class Headers(Protocol):
    """A request's headers; names are in small letters."""

    def items(self) -> Sequence[tuple[str, str]]:
        """All of them, in order."""
        ...


class Scope(Protocol):
    """What granian tells of a request, as far as we use it."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None

    @property
    def headers(self) -> Headers:
        """The request's headers."""
        ...


def environ_of(scope: Scope) -> dict[str, Any]:
    """The environ without `wsgi.input`. Nothing of the process's environment is in it.

    Headers with an underscore in their name are left out: in an environ they could not be told
    from those with a hyphen, and a proxy that strips `X-Forwarded-For` lets `X_Forwarded_For` pass.
    """
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # granian has unquoted the path as UTF-8; PEP 3333 wants its bytes as Latin-1.
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for name, value in scope.headers.items():
        if "_" not in name:
            _add(environ, name, value)
    if scope.authority and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = scope.authority
    return environ


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    key = "HTTP_" + name.upper().replace("-", "_")
    key = PLAIN.get(key, key)
    if key in environ:
        value = environ[key] + JOINED_BY.get(key, ",") + value
    environ[key] = value


def _latin(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def announced(environ: dict[str, Any]) -> int | None:
    """How long the body will be; 0 if there is none, None if nobody can tell."""
    length = environ.get("CONTENT_LENGTH", "")
    if length.isascii() and length.isdigit() and len(length) < 16:
        return int(length)
    return None if length or "HTTP_TRANSFER_ENCODING" in environ else 0

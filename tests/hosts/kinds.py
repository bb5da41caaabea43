"""Small servers that answer as each kind of media server answers to somebody without an account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.hosts.servers import Connection, Serve

Page = tuple[str, str, Any]
"""Status, headers, and the body: text, or what becomes JSON."""
OK = "200 OK"
NOT_FOUND: Page = ("404 Not Found", "", "nothing here")
SIGN_IN: Page = ("401 Unauthorized", "", {"error": "sign in"})
WEB_PAGE: Page = (OK, "Content-Type: text/html\r\n", "<!doctype html><title>Books</title>")
"""What single-page applications answer to every path."""

KOMGA: Mapping[str, Page] = {
    "/api/v1/claim": (OK, "", {"isClaimed": True}),
    "/actuator/health": (OK, "", {"status": "UP"}),
    "/api/v2/users/me": SIGN_IN,
}
OLD_KOMGA = {path: page for path, page in KOMGA.items() if "claim" not in path}
SETUP = {"auto_reload_port": 0, "allow_console_print": False, "ajax_timeout": 60.0}
CALIBRE: Mapping[str, Page] = {
    "/ajax-setup": (OK, "Server: calibre 6.13.0\r\n", SETUP),
    "/ajax/library-info": ("401 Unauthorized", 'WWW-Authenticate: Basic realm="calibre"\r\n', ""),
}
CALIBRE_BEHIND_NGINX: Mapping[str, Page] = {"/ajax-setup": (OK, "Server: nginx\r\n", SETUP)}
KAVITA: Mapping[str, Page] = {
    "/api/Health": (OK, "Content-Type: text/plain\r\n", "Ok"),
    "/api/Admin/exists": (OK, "", True),
}
LANRARAGI: Mapping[str, Page] = {
    "/api/info": (
        OK,
        "",
        {"name": "x", "version": "0.9.0", "version_name": "y", "archives_per_page": "100"},
    )
}


def serving(pages: Mapping[str, Page], base: str = "", other: Page = NOT_FOUND) -> Serve:
    """A server with these pages below a base path, and another one everywhere else."""

    def serve(connection: Connection) -> None:
        while request := connection.request():
            path = request.split(b" ")[1].decode()
            inside = path.startswith(base)
            status, headers, body = pages.get(path[len(base) :], other) if inside else other
            text = body if isinstance(body, str) else json.dumps(body)
            connection.answer(text.encode(), status=status, headers=headers)

    return serve

"""A small reverse proxy under a path, over `http.server`: passes on what comes as it comes."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Forwarder(BaseHTTPRequestHandler):
    """Forwards one request; subclasses say where to, and how."""

    upstream = 0
    """Port of the server behind."""
    cut = ""
    """What is cut off the path; said as X-Forwarded-Prefix, too, if `tells_prefix`."""
    tells_prefix = False
    scheme = "https"
    """Said as X-Forwarded-Proto."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        behind = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=20)
        try:
            behind.request(
                self.command,
                self.path.removeprefix(self.cut) or "/",
                self.rfile.read(length) if length else None,
                self._headers(),
            )
            self._answer(behind.getresponse())
        finally:
            behind.close()

    def do_POST(self) -> None:
        self.do_GET()

    def do_HEAD(self) -> None:
        self.do_GET()

    def _headers(self) -> dict[str, str]:
        own = {"connection", "x-forwarded-for", "x-forwarded-proto"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
        said = self.headers.get("X-Forwarded-For")
        headers["X-Forwarded-For"] = f"{said}, 203.0.113.9" if said else "203.0.113.9"
        headers["X-Forwarded-Proto"] = self.scheme
        if self.tells_prefix:
            headers["X-Forwarded-Prefix"] = self.cut
        return headers

    def _answer(self, found: http.client.HTTPResponse) -> None:
        self.send_response(found.status)
        for name, value in found.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while self.command != "HEAD" and (piece := found.read1(65_536)):
                self.wfile.write(piece)
        except ConnectionError:
            return  # the client has left; closing the connection behind tells the server
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def reverse_proxy(
    upstream: int, *, cut: str = "", tells_prefix: bool = False, scheme: str = "https"
) -> Iterator[int]:
    """A proxy before a port; gives its own port."""
    told = {"upstream": upstream, "cut": cut, "tells_prefix": tells_prefix, "scheme": scheme}
    kind = type("Handler", (Forwarder,), told)
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

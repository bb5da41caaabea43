"""The fake over a real socket."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from collections import Counter, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.support.kavita import api
from tests.support.kavita.accounts import Accounts
from tests.support.kavita.api import Asked, Told
from tests.support.kavita.hub import Hub
from tests.support.kavita.world import World
from tests.support.kavita.writes import Refusal

_ONE_SERIES = re.compile(r"/api/Series/(\d+)")


class KavitaServer:
    """Serves a world. A thread for each connection; `__exit__` cuts all and joins them.

    The lock guards the counts and the list of sockets.

    Args:
        world: what there is.
        prefix: the base path (`UsePathBase`), or "".
        tls: to speak HTTPS.
    """

    def __init__(self, world: World, prefix: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.world = world
        self.prefix = prefix
        self.accounts = Accounts(world.version)
        self.hub = Hub()
        world.emit = self.hub.emit
        self.requests: list[tuple[str, str]] = []
        self.sent: list[tuple[str, str, Any]] = []
        self.seen_headers: list[dict[str, str]] = []
        self.faults: deque[Told] = deque()
        """Answers that come first, in place of what would be answered to a write."""
        self.before_write: Callable[[], None] = lambda: None
        """Called in each write, before it is done."""
        self.most_at_once = 0
        """How many writes were under way at once."""
        self._writing = 0
        self.lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._http = _Http(("127.0.0.1", 0), self)
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.url = (
            f"{'https' if tls else 'http'}://127.0.0.1:{self._http.server_address[1]}{prefix}"
        )

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        with self.lock:
            sockets = list(self._sockets)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._http.server_close()

    def count(self) -> Counter[str]:
        """How often each route was called."""
        return Counter(f"{method} {path}" for method, path in self.requests)

    # -- what the handler asks --

    def opened(self, sock: socket.socket) -> None:
        with self.lock:
            self._sockets.add(sock)

    def closed(self, sock: socket.socket) -> None:
        with self.lock:
            self._sockets.discard(sock)

    def answer(self, method: str, target: str, headers: dict[str, str], body: Any) -> Told:
        """What Kavita answers; a world's own errors are its 500."""
        parts = urlsplit(target)
        path = parts.path.removeprefix(self.prefix)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        found = _ONE_SERIES.fullmatch(path)
        route = (method, "/api/Series/{id}" if found else path)
        with self.lock:
            self.requests.append((method, path))
            self.sent.append((method, path, body))
            self.seen_headers.append(headers)
        person = self.accounts.who(headers)
        if person is None and route not in api.OPEN:
            return Told(raw=b"", status=401)
        if route in api.ADMINS and not (person and person.admin):
            return Told(raw=b"", status=403)
        handler = api.ADMINS.get(route) or api.READING.get(route)
        if handler is None:
            return Told(raw=b"<!doctype html><html>the page of the app</html>", status=200)
        number = found[1] if found else next((v for k, v in query.items() if k.endswith("Id")), "0")
        asked = Asked(self.world, self.accounts, person, query, body, int(number))
        return self._written(asked, handler) if route in api.WRITES else self._told(asked, handler)

    def _written(self, asked: Asked, handler: api.Answer) -> Told:
        with self.lock:
            self._writing += 1
            self.most_at_once = max(self.most_at_once, self._writing)
        try:
            self.before_write()
            return self.faults.popleft() if self.faults else self._told(asked, handler)
        finally:
            with self.lock:
                self._writing -= 1

    def _told(self, asked: Asked, handler: api.Answer) -> Told:
        try:
            with self.world.lock:
                return handler(asked)
        except Refusal as refusal:
            return Told(raw=json.dumps(str(refusal)).encode(), status=400)
        except KeyError as error:
            return Told({"status": 500, "message": f"{error!r}", "details": ""}, status=500)


class _Http(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], kavita: KavitaServer) -> None:
        self.kavita = kavita
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up on purpose; a fault of the fake shows in the client's test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.kavita.opened(self.connection)

    def finish(self) -> None:
        self.server.kavita.closed(self.connection)
        super().finish()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._hand_over()
        else:
            self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        body = json.loads(sent) if sent else None
        told = self.server.kavita.answer(self.command, self.path, dict(self.headers), body)
        self._send(told)

    def _send(self, told: Told) -> None:
        plain = told.raw
        if plain is None and told.document is not None:
            plain = json.dumps(told.document).encode()
        status = 204 if plain is None else told.status
        body = b"" if plain is None else plain
        kind = "text/html" if body.startswith(b"<") else "application/json; charset=utf-8"
        self.send_response(status)
        for name, value in {"Content-Type": kind, **told.headers}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hand_over(self) -> None:
        """The connection becomes the hub's, with the request as it came."""
        kavita = self.server.kavita
        self.close_connection = True
        person = kavita.accounts.who(dict(self.headers))
        path = urlsplit(self.path).path.removeprefix(kavita.prefix)
        with kavita.lock:
            kavita.requests.append(("GET", path))
            kavita.seen_headers.append(dict(self.headers))
        if person is None or path != "/hubs/messages":
            self._send(Told(raw=b"", status=401 if person is None else 404))
            return
        head = f"{self.requestline}\r\n{self.headers.as_string(maxheaderlen=0)}".encode()
        head = head.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        kavita.hub.serve(self.connection, head, admin=person.admin)

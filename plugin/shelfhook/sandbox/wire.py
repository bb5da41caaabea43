"""A lean HTTP/1.1 server: one thread per connection, keep-alive, no delay.

`http.server` parses headers with the e-mail package, which costs more than a whole PATCH here.
"""

import socket
import threading
from collections.abc import Callable
from io import IOBase
from urllib.parse import parse_qs, unquote

from shelfhook.sandbox.message import Request, Response, Write

REASONS = {
    200: "OK",
    202: "Accepted",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
}
Application = Callable[[Request], Response]


class HttpServer:
    """Listens from its construction on, serves from `start` to `stop`."""

    def __init__(self, host: str, port: int, application: Application) -> None:
        self._application = application
        self._listener = socket.create_server((host, port), backlog=256)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        # Guards the set of open connections and the flag; held for moments only.
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._stopping = False
        # Accepts connections; ends when `stop` wakes it with a last connection.
        self._acceptor = threading.Thread(target=self._accept, name="sandbox-accept", daemon=True)

    def start(self) -> None:
        """Begin to accept connections."""
        self._acceptor.start()

    def stop(self) -> None:
        """Stop accepting, cut every connection, and wait for the threads to end."""
        with self._lock:
            self._stopping = True
        if self._acceptor.ident is not None:
            self._wake_acceptor()
            self._acceptor.join(5)
        self._listener.close()
        with self._lock:
            remaining = dict(self._open)
            for connection in remaining:
                _shut(connection)
        for thread in remaining.values():
            thread.join(5)

    def _wake_acceptor(self) -> None:
        try:
            socket.create_connection(self.address, timeout=1).close()
        except OSError:  # the listener is gone already: nothing is left to wake
            return

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed under us, or a client that left before it was accepted
                if self._stopping:
                    return
                continue
            # Serves one connection; ends when either side closes it (`stop` closes all).
            thread = threading.Thread(
                target=self._serve, args=(connection,), name="sandbox-http", daemon=True
            )
            with self._lock:
                if self._stopping:
                    connection.close()
                    return
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = str(connection.getpeername()[0])
            with connection.makefile("rb", buffering=65536) as incoming:
                while self._exchange(connection, incoming, peer):
                    pass
        except OSError:
            pass  # the client went away: its business
        finally:
            with self._lock:
                self._open.pop(connection, None)
                _shut(connection)
                connection.close()

    def _exchange(self, connection: socket.socket, incoming: IOBase, peer: str) -> bool:
        """Answer one request; say whether the connection lives on."""
        try:
            request = _read(incoming)
        except ValueError:
            connection.sendall(_head(Response(400), close=True))
            return False
        if request is None:
            return False
        request.peer = peer
        response = self._application(request)
        if response.drop:
            return False
        close = request.headers.get("connection", "").lower() == "close"
        if response.stream is not None:
            response.stream(_chunks(connection, _head(response, close=True)))
            return False
        connection.sendall(_head(response, close=close) + response.body)
        return not close


def _read(incoming: IOBase) -> Request | None:
    """Read one request; None at the end of the connection, ValueError when it is no HTTP."""
    line = incoming.readline(65537)
    if not line:
        return None
    method, target, _version = line.decode("latin-1").split()
    headers: dict[str, str] = {}
    while (line := incoming.readline(65537)) not in (b"\r\n", b"\n", b""):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise ValueError("a header without a colon")
        headers[name.strip().lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise ValueError("chunked bodies are not understood here")
    path, _, query = target.partition("?")
    length = int(headers.get("content-length", 0))
    body = incoming.read(length) if length else b""
    if len(body) < length:
        return None
    if "%" in path:
        path = unquote(path)
    parsed = parse_qs(query, keep_blank_values=True) if query else {}
    return Request(method, path, parsed, headers, body, query)


def _head(response: Response, *, close: bool) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Other')}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.stream is not None:
        lines.append("Transfer-Encoding: chunked")
    elif response.status != 204:
        lines.append(f"Content-Length: {len(response.body)}")
    if close:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _chunks(connection: socket.socket, head: bytes) -> Write:
    """Give a function that sends each piece as one chunk; an empty piece ends the body.

    The head goes out with the first piece: a stream prepares itself before the client may know.
    """
    waiting = [head]

    def write(piece: bytes) -> None:
        before = waiting.pop() if waiting else b""
        connection.sendall(b"%b%x\r\n%b\r\n" % (before, len(piece), piece))

    return write


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # not connected any more
        return

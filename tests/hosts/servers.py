"""A server over a real socket, for what mocks cannot show: connections, deadlines, broken pipes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Serve = Callable[["Connection"], None]


class Connection:
    """One accepted connection; `number` counts them from 1."""

    def __init__(self, sock: socket.socket, number: int, stop: threading.Event) -> None:
        self.sock = sock
        self.number = number
        self.stop = stop
        self._rest = b""

    def request(self) -> bytes:
        """The next request with its body; b"" when the client has closed."""
        while b"\r\n\r\n" not in self._rest:
            if not self._more():
                return b""
        head, _, body = self._rest.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        while len(body) < length:
            if not self._more():
                return b""
            body = self._rest.partition(b"\r\n\r\n")[2]
        self._rest = body[length:]
        return head + b"\r\n\r\n" + body[:length]

    def answer(self, body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> None:
        start = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
        self.sock.sendall(start + body)

    def trickle(self, start: bytes, drop: bytes) -> None:
        """Send `start`, then `drop` again and again until the client or the test has enough."""
        self.sock.sendall(start)
        while not self.stop.wait(0.02):
            self.sock.sendall(drop)

    def _more(self) -> bool:
        data = self.sock.recv(65536)
        self._rest += data
        return bool(data)


class TinyServer:
    """Runs `serve` in a thread for each connection; `requests` collects nothing by itself."""

    def __init__(self, serve: Serve, *, tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.accepted = 0
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join()

    def hang_up(self) -> None:
        """End every connection, also those that are being served."""
        self._stop.set()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._open.append(sock)
            thread = threading.Thread(target=self._talk, args=(sock, self.accepted))
            self._threads.append(thread)
            thread.start()

    def _talk(self, sock: socket.socket, number: int) -> None:
        with sock, contextlib.suppress(OSError):  # clients hang up on purpose
            if self._tls is None:
                self._serve(Connection(sock, number, self._stop))
                return
            with self._tls.wrap_socket(sock, server_side=True) as wrapped:
                self._open.append(wrapped)
                self._serve(Connection(wrapped, number, self._stop))


def always(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> Serve:
    """Answers every request alike, on a connection that is kept."""

    def serve(connection: Connection) -> None:
        while connection.request():
            connection.answer(body, status=status, headers=headers)

    return serve

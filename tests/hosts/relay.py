"""Stands between an adapter and its server: falls silent, loses answers, speaks TLS, counts."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

READS = ("GET", "HEAD", "OPTIONS")


def answer(status: str, body: bytes = b"", headers: str = "") -> bytes:
    """A whole answer for `Relay.script`; `headers` are lines that end with CR LF."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


class Relay:
    """Passes HTTP on to a server; one thread for each connection, and one that accepts them.

    The lock guards what a test orders and the list of sockets. `__exit__` cuts all sockets, so all
    threads end.

    Args:
        target: URL of the server; its path stays part of `url`.
        tls: what to speak with the adapter; the server is always spoken to in plain HTTP.
        prefix: a base path to take away, as a proxy does.
    """

    def __init__(self, target: str, *, tls: ssl.SSLContext | None = None, prefix: str = "") -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._tls = tls
        self._prefix = prefix.encode()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._script: deque[bytes] = deque()
        self._always: bytes | None = None
        self._losing = 0
        self._free = threading.Event()
        self._free.set()
        self.held = threading.Semaphore(0)
        self.requests: list[str] = []
        self.passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self._root = f"{'https' if tls else 'http'}://127.0.0.1:{self._port}"
        self.url = self._root + prefix + parts.path.rstrip("/")
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()

    # -- orders --

    def down(self) -> None:
        """Accept no connection and cut those that are there. Twice is fine."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        self._free.set()
        self.cut()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def up(self) -> None:
        """Listen again, at the same port."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._begin()

    def cut(self) -> None:
        """Cut all connections."""
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def script(self, *answers: bytes) -> None:
        """Answer the next requests so, in the server's place."""
        with self._lock:
            self._script.extend(answers)

    def always(self, given: bytes | None) -> None:
        """Answer every request so; None lets them through again."""
        with self._lock:
            self._always = given
            self._script.clear()

    def lose(self, count: int = 1) -> None:
        """Let the next writes through, and hang up instead of their answers."""
        with self._lock:
            self._losing = count

    def hold(self) -> None:
        """Hold every request back until `release`; `held` counts those that wait."""
        self._free.clear()

    def release(self) -> None:
        """Let the held requests go on."""
        self._free.set()

    # -- inside --

    def _begin(self) -> None:
        self._acceptor = threading.Thread(target=self._accept, args=(self._listener,))
        self._acceptor.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _talk(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:  # cut on purpose
            client = stack.enter_context(self._known(sock))
            if self._tls is not None:
                wrapped = self._tls.wrap_socket(client, server_side=True)
                client = stack.enter_context(self._known(wrapped))
            server = stack.enter_context(self._known(socket.create_connection(self._target)))
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        requests = _Requests()
        losing = False
        while True:
            if _readable(client, server):
                data = client.recv(65536)
                if not data:
                    return
                if requests.upgraded:  # frames of some other protocol: none of our business
                    server.sendall(data)
                    continue
                for request in requests.feed(data):
                    losing = self._request(client, server, request) or losing
                if requests.upgraded and (rest := requests.rest()):
                    server.sendall(rest)
            else:
                data = server.recv(65536)
                if not data or losing:
                    return
                client.sendall(data)
                with self._lock:
                    self.passed += len(data)

    def _request(self, client: socket.socket, server: socket.socket, request: bytes) -> bool:
        """Answer a request or pass it on; tells whether its answer shall be lost."""
        method, _, rest = request.partition(b" ")
        with self._lock:
            self.requests.append(f"{method.decode()} {rest.partition(b' ')[0].decode()}")
            given = self._script.popleft() if self._script else self._always
            lost = given is None and self._losing > 0 and method.decode() not in READS
            self._losing -= lost
        if given is None and not rest.startswith(self._prefix):
            given = answer("404 Not Found", b"<h1>the proxy has nothing here</h1>")
        if given is not None:
            client.sendall(given)
            return False
        if not self._free.is_set():
            self.held.release()
            self._free.wait()
        server.sendall(method + b" " + (rest.removeprefix(self._prefix) or b"/"))
        return lost

    @contextlib.contextmanager
    def _known(self, sock: socket.socket) -> Iterator[socket.socket]:
        with sock:
            with self._lock:
                self._sockets.add(sock)
            try:
                yield sock
            finally:
                with self._lock:
                    self._sockets.discard(sock)


class _Requests:
    """Cuts what a client sends into whole requests, up to one that asks for an upgrade."""

    def __init__(self) -> None:
        self._rest = b""
        self.upgraded = False
        """Whether what follows is no HTTP."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._rest += data
        while self._rest and not self.upgraded:
            length = _length(self._rest)
            if length is None or length > len(self._rest):
                return
            one, self._rest = self._rest[:length], self._rest[length:]
            self.upgraded = b"\r\nupgrade:" in one.lower().partition(b"\r\n\r\n")[0]
            yield one

    def rest(self) -> bytes:
        """What came behind the last request."""
        rest, self._rest = self._rest, b""
        return rest


def _length(data: bytes) -> int | None:
    """How long the first request is; None while its head is not whole."""
    head, end, _ = data.partition(b"\r\n\r\n")
    if not end:
        return None
    body = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            body = int(line.partition(b":")[2])
    return len(head) + len(end) + body


def _readable(client: socket.socket, server: socket.socket) -> bool:
    """Wait; True if the client has sent something, False if the server has."""
    if isinstance(client, ssl.SSLSocket) and client.pending():
        return True
    ready, _, _ = select.select([client, server], [], [])
    return client in ready

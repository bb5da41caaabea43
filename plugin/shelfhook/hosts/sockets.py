"""Connections that cannot outlive their call, within `requests` and `urllib3`.

urllib3's read timeout is per `recv`: a server that sends one byte now and then keeps a call alive
for ever. Here every `recv` is given what is left of the call instead.
"""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from shelfhook.hosts import headers

Left = Callable[[], float]
"""Seconds that the next `recv` may take; raises `TimeoutError` when there are none."""
Opened = Callable[[socket.socket], None]
"""Told of each socket once it is connected."""


def cut(sock: Any) -> None:
    """End a connection under the thread that waits for it, which wakes; closing is left to it."""
    try:
        # TLS within TLS is no socket but holds one. A TLS socket's own shutdown would take its
        # state away from the thread that reads.
        socket.socket.shutdown(getattr(sock, "socket", sock), socket.SHUT_RDWR)
    except OSError:  # it has ended by itself
        return


class _Reader(io.RawIOBase):
    """The socket's own reader, with the timeout set anew before each `recv`."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, left: Left) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._sock.settimeout(self._left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer whose status line, headers and body are all read against the deadline."""

    def __init__(self, sock: socket.socket, *, method: str | None = None, left: Left) -> None:
        super().__init__(sock, method=method)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Reader(raw, sock, left))

    def begin(self) -> None:
        """Read status line and headers, the latter with `headers.read`.

        http.client's own reader of headers is the e-mail parser, a quarter of a whole call's cost.
        """
        parts: Any = self  # `_read_status` and `_check_close` are http.client's, without types
        if self.headers is not None:
            return
        version, status, reason = parts._read_status()
        while 100 <= status < 200 and status != http.HTTPStatus.SWITCHING_PROTOCOLS:
            headers.read(self.fp)  # an interim answer: the real one follows
            version, status, reason = parts._read_status()
        if not version.startswith("HTTP/1."):
            raise http.client.UnknownProtocol(version)
        self.version = 10 if version == "HTTP/1.0" else 11
        self.code = self.status = status
        self.reason = reason.strip()
        self.headers = self.msg = headers.read(self.fp)
        framing = headers.framing(self.headers, status, parts._method)
        self.chunked, self.chunk_left = framing.chunked, None
        self.length = framing.length
        closes = bool(parts._check_close())
        self.will_close = closes or (self.length is None and not self.chunked)


class _OneWrite:
    """Sends headers and body together: a body sent by itself costs a write and a packet more."""

    def __init__(self, *args: Any, left: Left, opened: Opened, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._opened = opened
        self.response_class: Any = partial(_Response, left=left)  # http.client only calls it
        self._held: list[bytes] | None = None

    def connect(self) -> None:
        super().connect()  # type: ignore[misc] # of the connection mixed with
        self._opened(cast(Any, self).sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._held = []
        try:
            super().request(*args, **kwargs)  # type: ignore[misc] # of the connection mixed with
        finally:
            held, self._held = self._held, None
        self.send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)  # type: ignore[misc] # of the connection mixed with
        else:
            self._held.append(data)


class _PlainConnection(_OneWrite, HTTPConnection):
    pass


class _TlsConnection(_OneWrite, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class OneHostAdapter(HTTPAdapter):
    """A requests adapter for one thread and one host, whose connection it looks up once.

    `send` is untouched, so whatever patches it (the `responses` library) still works.

    Args:
        left: gives the seconds the next `recv` may take.
        opened: told of each new connection.
    """

    def __init__(self, left: Left, opened: Opened) -> None:
        self._left = left
        self._opened = opened
        self._pool: Any = None
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make urllib3's pools give out connections with a deadline."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The same for connections by way of a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        return manager

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> Any:
        """The pool of our one host; looking it up anew would cost a tenth of a call."""
        if self._pool is None:
            pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
            pool.conn_kw.update(left=self._left, opened=self._opened)
            self._pool = pool
        return self._pool

    def close(self) -> None:
        """Close the connection at once; requests would leave that to the garbage collector."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
        super().close()

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """The few parts of a response that the transport reads; no cookies, no history."""
        response = Response()
        response.status_code = resp.status
        response.raw = resp
        response.request = req
        response.url = req.url or ""
        return response

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """What stands in the request line; as in requests, without parsing where it is known."""
        if proxies:
            return super().request_url(request, proxies)
        return request.path_url

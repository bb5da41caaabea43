"""The connection to Kavita's SignalR hub: a WebSocket that speaks the JSON hub protocol.

Written after ASP.NET Core's HubProtocol.md and TransportProtocols.md: negotiate over HTTP, a
handshake as the first record, then one JSON object per record. Both sides ping every 15 s, and give
the other up after 30 s of silence.
"""

from __future__ import annotations

import contextlib
import json
import logging
import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shelfhook.errors import HostDown, Permanent, Refused, ShelfhookError, Transient
from shelfhook.hosts import sockets
from shelfhook.hosts.kavita import routes
from shelfhook.hosts.kavita.documents import an_object
from shelfhook.hosts.kavita.talk import Talk
from shelfhook.hosts.kavita.told import PING, RECORD_END
from shelfhook.ports import Clock, HostOptions

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

PATH = "/hubs/messages"
EVERY = 15.0
"""Seconds after which we say that we are still there."""
SILENCE = 35.0
"""Seconds of silence after which the hub counts as gone: twice its interval, and some."""
LARGEST = 1024 * 1024
"""Bytes of one frame; Kavita's have a few hundred, but for its list of all users online."""
HANDSHAKE = 10.0
"""Seconds for the hub's answer to our first record."""


class Hub:
    """Connections to the hub of one server. Each is read by one thread; `close` ends them all.

    The lock guards the set of open connections and whether there may be more.
    """

    def __init__(
        self,
        options: HostOptions,
        talk: Talk,
        clock: Clock,
        *,
        every: float = EVERY,
        silence: float = SILENCE,
    ) -> None:
        self._options = options
        self._talk = talk
        self._clock = clock
        self._every = every
        self._silence = silence
        self._lock = threading.Lock()
        self._open: set[ClientConnection] = set()
        self._closed = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[Iterator[str | bytes]]:
        """A connection after its handshake: the frames that come, until the hub ends it.

        Raises:
            Refused: our account may not listen.
            Transient: it broke, or was silent for too long; the frames raise it, too.
        """
        from websockets.exceptions import WebSocketException  # costs a start some 50 ms

        try:
            with self._connected() as connection:
                rest = self._shake_hands(connection)
                yield self._frames(connection, rest)
        except (WebSocketException, OSError) as error:
            raise self._meaning(error) from error

    def close(self) -> None:
        """End all connections at once; the threads that read them wake."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                sockets.cut(connection.socket)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[ClientConnection]:
        from websockets.sync.client import connect

        token = self._negotiate()
        base = self._options.url.rstrip("/")
        url = f"ws{base.removeprefix('http')}{PATH}?id={quote(token, safe='')}"
        credentials = self._talk.credentials()
        with connect(
            url,
            ssl=_tls(self._options.verify) if url.startswith("wss:") else None,
            # in headers: a URL would stand in every log on the way
            additional_headers={k: v for k, v in credentials.items() if k != "Accept-Encoding"},
            user_agent_header=None,
            proxy=self._options.proxy or None,
            open_timeout=self._options.connect_timeout,
            ping_interval=None,  # the hub protocol has pings of its own
            close_timeout=1.0,
            max_size=LARGEST,
            logger=_quiet(),
            create_connection=_straight(),
        ) as connection:
            with self._lock:
                self._open.add(connection)
                if self._closed:
                    sockets.cut(connection.socket)
            try:
                yield connection
            finally:
                with self._lock:
                    self._open.discard(connection)

    def _negotiate(self) -> str:
        found = an_object(self._talk.ask(routes.negotiate()))
        transports = found.get("availableTransports") or []
        names = [one.get("transport") for one in transports if isinstance(one, dict)]
        token = found.get("connectionToken") or found.get("connectionId")
        if not isinstance(token, str) or "WebSockets" not in names:
            raise Permanent(f"{self._where()}: the hub offers no WebSocket")
        return token

    def _shake_hands(self, connection: ClientConnection) -> str:
        """Agree on JSON; gives what came behind the hub's answer."""
        connection.send(_record({"protocol": "json", "version": 1}))
        said = connection.recv(timeout=HANDSHAKE)
        text = said if isinstance(said, str) else said.decode("utf-8", "replace")
        answer, end, rest = text.partition(RECORD_END)
        if not end or answer.strip() != "{}":
            raise Transient(f"{self._where()}: the hub refused the handshake: {answer[:200]}")
        return rest

    def _frames(self, connection: ClientConnection, rest: str) -> Iterator[str | bytes]:
        from websockets.exceptions import ConnectionClosedOK

        if rest:
            yield rest
        heard = said = self._clock.monotonic()
        while True:
            frame: str | bytes | None = None
            try:
                frame = connection.recv(timeout=self._every)
            except ConnectionClosedOK:
                return
            except TimeoutError:
                pass
            now = self._clock.monotonic()
            if now - said >= self._every or frame is None:
                connection.send(_record(PING))
                said = now
            if frame is not None:
                heard = now
                yield frame
            elif now - heard > self._silence:
                raise Transient(f"{self._where()}: silent for {now - heard:.0f} s")

    def _meaning(self, error: Exception) -> ShelfhookError:
        from websockets.exceptions import InvalidStatus

        where = self._where()
        if self._closed:
            return HostDown(f"{where}: Shelfhook has closed its connections")
        if isinstance(error, InvalidStatus):
            status = error.response.status_code
            if status in (401, 403):
                return Refused(f"{where} answered {status}; our account may not listen")
            return Transient(f"{where} answered {status}; does the proxy pass WebSockets on?")
        if isinstance(error, ssl.SSLCertVerificationError):
            return Permanent(
                f"{where}: the TLS certificate is not trusted; "
                "give the file of its authority as `verify`"
            )
        return Transient(self._talk.redact(f"{where}: the connection broke ({error})"))

    def _where(self) -> str:
        return f"{self._options.name}: {PATH}"


def _record(message: object) -> str:
    return json.dumps(message) + RECORD_END


def _straight() -> type[ClientConnection]:
    """A connection that goes nowhere else: the library would take our key along on a redirect."""
    from websockets.exceptions import InvalidHandshake, InvalidStatus
    from websockets.sync.client import ClientConnection

    class Straight(ClientConnection):
        def handshake(self, *args: Any, **kwargs: Any) -> None:
            try:
                super().handshake(*args, **kwargs)
            except InvalidStatus as error:
                if 300 <= error.response.status_code < 400:
                    raise InvalidHandshake("redirects are not followed") from error
                raise

    return Straight


def _quiet() -> logging.Logger:
    """A logger of its own, outside the tree: at DEBUG the library would log our headers."""
    logger = logging.Logger("websockets", logging.WARNING)
    logger.addHandler(logging.NullHandler())
    return logger


def _tls(verify: bool | str) -> ssl.SSLContext:
    """What `requests` does with the same setting."""
    from pathlib import Path

    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    if verify is False:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if isinstance(verify, str) and Path(verify).is_dir():
        return ssl.create_default_context(capath=verify)
    return ssl.create_default_context(
        cafile=verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
    )

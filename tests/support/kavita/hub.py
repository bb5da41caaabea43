"""The fake's SignalR hub: a WebSocket on a connection that HTTP has handed over."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

END = "\x1e"


class Listener:
    """One client of the hub. The lock guards the protocol's state, which sends and receives share.

    Args:
        sock: the connection; its thread runs `serve`.
        admin: whether it hears what administrators alone hear.
    """

    def __init__(self, sock: socket.socket, *, admin: bool) -> None:
        self._sock = sock
        self._lock = threading.RLock()
        self._protocol = ServerProtocol(max_size=1024 * 1024)
        self.admin = admin
        self.ready = threading.Event()
        """Set after the hub's handshake."""
        self.heard: list[dict[str, Any]] = []
        """What the client has sent."""
        self.pinged = threading.Semaphore(0)

    def serve(self, head: bytes, refuse: str = "") -> None:
        """From the client's request to the end of the connection.

        Args:
            head: the request's line and headers.
            refuse: what the handshake is refused with, if it is.
        """
        with contextlib.suppress(OSError):  # clients hang up on purpose
            self._feed(head)
            while data := self._sock.recv(65536):
                self._feed(data, refuse)
                if self._protocol.close_expected() or self._protocol.state is State.CLOSED:
                    return

    def send(self, text: str | bytes) -> None:
        """Send a frame, whatever stands in it."""
        with self._lock, contextlib.suppress(OSError):
            if isinstance(text, bytes):
                self._protocol.send_binary(text)
            else:
                self._protocol.send_text(text.encode())
            self._flush()

    def say(self, message: object) -> None:
        """Send a record."""
        self.send(json.dumps(message) + END)

    def hang_up(self) -> None:
        """End the connection without a word."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def leave(self, reason: str = "") -> None:
        """Take leave as the hub does, and close."""
        self.say({"type": 7, "error": reason} if reason else {"type": 7})
        with self._lock, contextlib.suppress(OSError):
            self._protocol.send_close(1000)
            self._flush()

    def _feed(self, data: bytes, refuse: str = "") -> None:
        with self._lock:
            self._protocol.receive_data(data)
            events = self._protocol.events_received()
            for event in events:
                if isinstance(event, Request):
                    self._protocol.send_response(self._protocol.accept(event))
            self._flush()
        for event in events:
            if not isinstance(event, Request) and event.opcode is Opcode.TEXT:  # type: ignore[union-attr] # a frame
                for record in bytes(event.data).decode().split(END):  # type: ignore[union-attr] # a frame
                    if record:
                        self._hear(json.loads(record), refuse)

    def _hear(self, message: dict[str, Any], refuse: str) -> None:
        self.heard.append(message)
        if message.get("protocol") == "json":
            with self._lock:  # events that are sent from now on come after the answer
                self.ready.set()
                self.say({"error": refuse} if refuse else {})
        if message.get("type") == 6:
            self.pinged.release()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._sock.sendall(data)


class Hub:
    """All who listen. The lock guards their list.

    Attributes:
        refuse: what handshakes are refused with; "" for none.
        token_wanted: how a request is known; the server says.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._listeners: list[Listener] = []
        self.refuse = ""
        self.on_join: Callable[[Listener], None] = lambda listener: None

    def serve(self, sock: socket.socket, head: bytes, *, admin: bool) -> None:
        """Serve one client, in this thread, to its end."""
        listener = Listener(sock, admin=admin)
        with self._changed:
            self._listeners.append(listener)
            self._changed.notify_all()
        self.on_join(listener)
        try:
            listener.serve(head, self.refuse)
        finally:
            with self._changed:
                self._listeners.remove(listener)
                self._changed.notify_all()

    def emit(self, method: str, envelope: dict[str, Any], admins: bool) -> None:
        """Send an invocation to all, or to all administrators."""
        for one in self.listeners:
            if one.ready.is_set() and (one.admin or not admins):
                one.say({"type": 1, "target": method, "arguments": [envelope]})

    @property
    def listeners(self) -> list[Listener]:
        with self._changed:
            return list(self._listeners)

    def wait_for(self, count: int, limit: float = 10.0) -> list[Listener]:
        """Wait until so many listen; gives them, each after its handshake."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._listeners) == count, limit):
                raise TimeoutError(f"{len(self._listeners)} instead of {count} listen")
            found = list(self._listeners)
        for one in found:
            assert one.ready.wait(limit)
        return found

"""A real HTTP server that keeps what it is sent, and answers as a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

LIMIT = 20.0


@dataclass(frozen=True)
class Got:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def kind(self) -> str:
        return str(self.json["type"])


class Receiver:
    """Takes POSTs; `answers` are used up one after the other, then all is 204.

    The condition guards all below; it is told of every request. While `gate` is not set, nobody
    gets an answer.
    """

    def __init__(
        self, answers: Sequence[int] = (), port: int = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        self.answers = list(answers)
        self.headers = dict(headers or {})
        self.gate = threading.Event()
        self.gate.set()
        self._came = threading.Condition()
        self._got: list[Got] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def took(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        with self._came:
            status = self.answers.pop(0) if self.answers else 204
            self._got.append(Got(path, headers, body, status))
            self._came.notify_all()
        return status

    @property
    def got(self) -> list[Got]:
        with self._came:
            return list(self._got)

    def wait(self, count: int = 1, kind: str = "", limit: float = LIMIT) -> list[Got]:
        """Wait for so many requests (of a kind); gives those."""

        def there() -> list[Got]:
            return [one for one in self._got if not kind or one.kind == kind]

        with self._came:
            if not self._came.wait_for(lambda: len(there()) >= count, limit):
                raise TimeoutError(f"{len(self._got)} requests: {self._got}")
            return there()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(LIMIT)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): text for name, text in self.headers.items()}
            status = receiver.took(self.path, headers, body)
            receiver.gate.wait(LIMIT)
            self.send_response(status)
            for name, text in receiver.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    return Handler

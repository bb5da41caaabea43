"""A webhook that a test can turn off, slow down or make answer anything; a real local server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.support.service import free_port
from tests.support.waiting import Gate, wait_until


class Delivery(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def events(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self.body)["events"]
        return found


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


def taken(delivery: Delivery) -> Answer:
    """What Shelfhook says to a delivery."""
    shown = [{"id": "e", "duplicate": False} for _ in json.loads(delivery.body).get("events", "1")]
    return Answer(202, json.dumps({"id": "e", "events": shown}).encode())


def problem(status: int, **more: str) -> Callable[[Delivery], Answer]:
    """A refusal as Shelfhook words it."""
    return lambda _: Answer(status, json.dumps({"title": "Refused", **more}).encode())


@dataclass
class Receiver:
    """Notes every delivery, then passes the gate, then answers. Down outside of `up`."""

    answer: Callable[[Delivery], Answer] = taken
    gate: Gate = field(default_factory=Gate)
    port: int = field(default_factory=free_port)
    deliveries: list[Delivery] = field(default_factory=list)
    """All that came, in the order of their coming. A list's append is atomic."""
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                delivery = Delivery(self.path, headers, body)
                answer = receiver.answer(delivery)
                receiver.deliveries.append(delivery)
                receiver.gate.go()
                self._say(answer)

            def do_GET(self) -> None:  # what a followed redirect would become
                self._say(Answer(200, b"<html>Please log in</html>"))

            def _say(self, answer: Answer) -> None:
                try:
                    self.send_response(answer.status)
                    for name, value in {
                        **answer.headers,
                        "Content-Length": str(len(answer.body)),
                    }.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)
                except ConnectionError:  # the sender was killed
                    self.close_connection = True

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = False  # `down` waits for them

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def down(self) -> None:
        """Refuse connections from now on."""
        server, self._server = self._server, None
        if server is not None:
            self.gate.open()
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        return self.up()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()

    def items(self) -> list[str]:
        """What Shelfhook's inbox would keep: each place of each delivery once, in order."""
        kept: dict[tuple[str, int], dict[str, str]] = {}
        for delivery in list(self.deliveries):
            for place, event in enumerate(delivery.events):
                known = kept.setdefault((delivery.id, place), event)
                assert known == event, "the same delivery id with other events"
        return [event.get("item", event["library"]) for event in kept.values()]

    def wait_for(self, count: int, limit: float = 20) -> list[str]:
        """The items, as soon as there are so many."""

        def look() -> list[str]:
            found = self.items()
            return found if len(found) >= count else []

        try:
            return wait_until(look, limit)
        except TimeoutError:
            raise TimeoutError(f"{len(self.items())} of {count} came: {self.items()}") from None

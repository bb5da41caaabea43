"""The announcement at the end of a scan."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from shelfhook.sandbox.message import Request, Response
from shelfhook.sandbox.options import Options, WebhookTarget
from shelfhook.sandbox.server import SandboxServer
from shelfhook.sandbox.wire import HttpServer


class Receiver:
    """Takes webhooks; answers with the statuses it was given, then with 202."""

    def __init__(self) -> None:
        self.received: SimpleQueue[Request] = SimpleQueue()
        self.statuses: SimpleQueue[int] = SimpleQueue()
        self.server = HttpServer("127.0.0.1", 0, self._take)
        self.url = f"http://127.0.0.1:{self.server.address[1]}/hooks/komga"

    def _take(self, request: Request) -> Response:
        self.received.put(request)
        return Response(202 if self.statuses.empty() else self.statuses.get())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.server.start()
    yield receiver
    receiver.server.stop()


def _scan(target: WebhookTarget) -> tuple[dict, dict]:
    with SandboxServer(Options(books=5, webhook=target)) as server:
        library = server.libraries()[0]
        server.scan()
        (delivery,) = server.wait_webhooks()
    return library, delivery


def test_the_end_of_a_scan_is_announced_with_the_token(receiver: Receiver) -> None:
    library, delivery = _scan(WebhookTarget(receiver.url, token="a-token"))
    request = receiver.received.get(timeout=5)
    named = {"id": library["id"], "name": library["name"]}
    assert json.loads(request.body) == {"event": "library.scanned", "library": named}
    assert request.headers["authorization"] == "Bearer a-token"
    assert request.headers["webhook-id"] == delivery["id"]
    assert delivery["delivered"] is True


def test_with_a_secret_the_announcement_is_signed(receiver: Receiver) -> None:
    key = b"thirty-two bytes of secret, okay"
    _scan(WebhookTarget(receiver.url, secret=f"whsec_{base64.b64encode(key).decode()}"))
    request = receiver.received.get(timeout=5)
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert "authorization" not in headers


def test_a_refused_announcement_is_repeated_with_the_same_id(receiver: Receiver) -> None:
    receiver.statuses.put(503)
    receiver.statuses.put(429)
    _, delivery = _scan(WebhookTarget(receiver.url, backoff_s=0.01))
    ids = {receiver.received.get(timeout=5).headers["webhook-id"] for _ in range(3)}
    assert ids == {delivery["id"]}
    assert delivery["attempts"] == [503, 429, 202]


def test_a_receiver_that_is_away_is_given_up_after_a_few_attempts() -> None:
    _, delivery = _scan(WebhookTarget("http://127.0.0.1:1/hooks", attempts=2, backoff_s=0.01))
    assert delivery["delivered"] is False
    assert len(delivery["attempts"]) == 2


def test_every_scan_has_an_id_of_its_own(receiver: Receiver) -> None:
    with SandboxServer(Options(books=5)) as server:
        server.control("PUT", "/sandbox/webhook", {"url": receiver.url})
        server.scan()
        server.scan()
        first, second = server.wait_webhooks(2)
    assert first["id"] != second["id"]


def test_the_announcement_comes_after_the_scans_last_task(receiver: Receiver, folder) -> None:
    with SandboxServer(Options(folders=(folder,), webhook=WebhookTarget(receiver.url))) as server:
        library = server.libraries()[0]["id"]
        for number in range(5):
            server.add_book(library, "New Shores", f"book {number}")
        server.scan()
        receiver.received.get(timeout=5)
        states = {b["media"]["status"] for b in server.books() if "New Shores" in b["url"]}
        assert states == {"READY"}
        assert receiver.received.empty()

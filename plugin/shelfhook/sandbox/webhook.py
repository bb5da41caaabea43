"""Announces the end of a scan: Shelfhook's webhook, with a token or signed.

Signed means Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over "id.timestamp.body".
"""

import base64
import binascii
import hashlib
import hmac
import json
import queue
import threading
import time
import traceback
import urllib.error
import urllib.request
import uuid

from shelfhook.sandbox.options import WebhookTarget
from shelfhook.sandbox.records import JsonObject, Library


class WebhookSender:
    """Sends in a thread of its own, so that a slow receiver never holds up the task queue."""

    def __init__(self, target: WebhookTarget | None) -> None:
        self._target = target
        self._waiting: queue.SimpleQueue[Library | None] = queue.SimpleQueue()
        # Guards the list of deliveries; notified when one ends.
        self._changed = threading.Condition()
        self._ended: list[JsonObject] = []
        self._stopping = threading.Event()
        # Sends what waits; ends with `close`, at the latest after the attempt in hand.
        self._thread = threading.Thread(target=self._work, name="sandbox-webhook", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def aim(self, target: WebhookTarget | None) -> None:
        """Send to another target from now on (None: nowhere)."""
        self._target = target

    def scanned(self, library: Library) -> None:
        """Announce that a library's scan and all its tasks have ended."""
        if self._target is not None:
            self._waiting.put(library)

    def wait(self, at_least: int, timeout: float) -> list[JsonObject]:
        """Wait until so many deliveries have ended, well or not, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._ended) >= at_least, timeout)
            return list(self._ended)

    def close(self) -> None:
        """Give up what waits and end the thread."""
        self._stopping.set()
        self._waiting.put(None)
        if self._thread.ident is not None:
            self._thread.join(15)

    def _work(self) -> None:
        while (library := self._waiting.get()) is not None and not self._stopping.is_set():
            target = self._target
            if target is None:
                continue
            try:
                ended = self._deliver(target, library)
            except Exception:  # noqa: BLE001 - the thread's root: recorded, the next one is sent
                ended = {"delivered": False, "error": traceback.format_exc()}
            with self._changed:
                self._ended.append(ended)
                self._changed.notify_all()

    def _deliver(self, target: WebhookTarget, library: Library) -> JsonObject:
        """Try a few times, always with the same id: the receiver may know it already."""
        message = {"event": "library.scanned", "library": {"id": library.id, "name": library.name}}
        body = json.dumps(message).encode()
        delivery = f"scan-{uuid.uuid4()}"
        statuses: list[object] = []
        for attempt in range(target.attempts):
            if attempt and self._stopping.wait(target.backoff_s * 2 ** (attempt - 1)):
                break
            statuses.append(_post(target, delivery, body))
            if isinstance(status := statuses[-1], int) and status < 500 and status != 429:
                break
        delivered = bool(statuses) and isinstance(s := statuses[-1], int) and s < 300
        return {"id": delivery, "delivered": delivered, "attempts": statuses, **message}


def _post(target: WebhookTarget, delivery: str, body: bytes) -> object:
    """Send once; give the status, or the reason why there is none."""
    headers = {"Content-Type": "application/json", **signature(target, delivery, body)}
    request = urllib.request.Request(target.url, body, headers, method="POST")  # noqa: S310 - from the command line
    try:
        # The receiver is beside us: a proxy from the environment must not be used.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except OSError as unreachable:
        return str(unreachable)


def signature(target: WebhookTarget, delivery: str, body: bytes) -> dict[str, str]:
    """Give the headers that name the delivery and prove who sends it."""
    headers = {"webhook-id": delivery}
    if target.secret is not None:
        timestamp = str(int(time.time()))
        signed = b".".join([delivery.encode(), timestamp.encode(), body])
        digest = hmac.new(_key(target.secret), signed, hashlib.sha256).digest()
        headers["webhook-timestamp"] = timestamp
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    if target.token is not None:
        headers["Authorization"] = f"Bearer {target.token}"
    return headers


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is whsec_ and base64") from None

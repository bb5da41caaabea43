"""The event stream: a hub, and a subscription for each client of `/sse/v1/events`.

As with the real server there are no ids and no replay: who is not connected misses it.
"""

import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable

from shelfhook.sandbox.message import Write
from shelfhook.sandbox.records import JsonObject

_END = b""


class Subscription:
    """One client's stream; an empty piece in its queue ends it."""

    def __init__(self) -> None:
        self._pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def send(self, piece: bytes) -> None:
        """Put a piece into the stream."""
        self._pieces.put(piece)

    def end(self) -> None:
        """End the stream after what is in it."""
        self._pieces.put(_END)

    def next(self, timeout: float) -> bytes | None:
        """Give the next piece; None when none came in time."""
        try:
            return self._pieces.get(timeout=max(timeout, 0))
        except queue.Empty:
            return None


class EventHub:
    """Sends each event to all subscriptions."""

    def __init__(self) -> None:
        # Guards the subscriptions and counters; notified when subscriptions change.
        self._changed = threading.Condition()
        self._subscriptions: set[Subscription] = set()
        self._published: Counter[str] = Counter()
        self._closed = False

    def publish(self, name: str, data: JsonObject) -> None:
        """Send an event to everyone who listens now."""
        piece = event(name, data)
        with self._changed:
            self._published[name] += 1
            for subscription in self._subscriptions:
                subscription.send(piece)

    def subscribe(self) -> Subscription:
        """Begin to listen."""
        subscription = Subscription()
        with self._changed:
            if self._closed:
                subscription.end()
            self._subscriptions.add(subscription)
            self._changed.notify_all()
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Listen no more."""
        with self._changed:
            self._subscriptions.discard(subscription)
            self._changed.notify_all()

    def wait_clients(self, at_least: int, timeout: float) -> int:
        """Wait until so many clients listen, or the time is over; give their number."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._subscriptions) >= at_least, timeout)
            return len(self._subscriptions)

    def published(self) -> dict[str, int]:
        """Count the events by name."""
        with self._changed:
            return dict(self._published)

    def end_streams(self) -> None:
        """End every stream; clients may come again."""
        with self._changed:
            for subscription in self._subscriptions:
                subscription.end()

    def close(self) -> None:
        """End every stream, also those to come."""
        with self._changed:
            self._closed = True
        self.end_streams()


def event(name: str, data: JsonObject) -> bytes:
    """Write an event as the stream does."""
    return f"event:{name}\ndata:{json.dumps(data, separators=(',', ':'))}\n\n".encode()


def pump(
    subscription: Subscription,
    write: Write,
    *,
    heartbeat_s: float,
    status_s: float,
    status: Callable[[], JsonObject] | None,
    break_after: float,
) -> None:
    """Write a stream until it ends: events, heartbeats and, for administrators, the queue."""
    now = time.monotonic()
    write(b":connected\n\n")
    next_beat, next_status = now + heartbeat_s, now + status_s
    sent = 0
    while sent < break_after:
        deadline = next_beat if status is None else min(next_beat, next_status)
        piece = subscription.next(deadline - time.monotonic())
        if piece == _END:
            write(_END)  # the chunk that ends the body
            return
        if piece is not None:
            write(piece)
            sent += 1
            continue
        now = time.monotonic()
        if now >= next_beat:
            write(b":heartbeat\n\n")
            next_beat = now + heartbeat_s
        if status is not None and now >= next_status:
            write(event("TaskQueueStatus", status()))
            next_status = now + status_s
            sent += 1

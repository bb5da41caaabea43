"""Who listens to what, and the way of news to them. Used by the loop alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count, islice

from shelfhook.web.live.clients import Client
from shelfhook.web.live.messages import Message

SLICE = 100
"""So many streams are woken in one go; between two slices the loop answers others."""
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent at the latest, by which a client that left is
noticed, and one that still looks knows that we are there."""
SPREAD = 5.0
"""Heartbeats of clients that heard the same news last are spread over so many seconds."""
LATEST = 300
"""Most things whose last news is kept for those who come."""

Soon = Callable[[Callable[[], None]], object]
"""Do something in the loop's next round."""


class Hub:
    """Clients by topic, and the latest news of each thing.

    Args:
        limit: how many clients there may be.
        soon: `loop.call_soon`.
    """

    def __init__(self, limit: int, soon: Soon) -> None:
        self.limit = limit
        self._soon = soon
        self._clients: dict[Client, None] = {}
        self._by_topic: dict[str, dict[Client, None]] = {}
        self._latest: dict[str, Message] = {}
        self._names = count()
        self.closed = False

    def __len__(self) -> int:
        return len(self._clients)

    @property
    def full(self) -> bool:
        """Whether a further client must be turned away."""
        return len(self._clients) >= self.limit

    def join(self, client: Client, now: float) -> None:
        """Take a client in; it hears the latest of its topics at once."""
        client.name = next(self._names)
        client.quiet_since = client.judged_at = now
        self._clients[client] = None
        for topic in client.topics:
            self._by_topic.setdefault(topic, {})[client] = None
        for message in self._latest.values():
            if not client.topics.isdisjoint(message.topics):
                client.offer(message)
        client.wake()
        if self.closed:
            client.close()

    def leave(self, client: Client) -> None:
        """A client has left."""
        if self._clients.pop(client, self) is self:
            return
        for topic in client.topics:
            listeners = self._by_topic[topic]
            del listeners[client]
            if not listeners:
                del self._by_topic[topic]

    def forget(self) -> None:
        """Nobody reads the store any more: what is known grows old."""
        self._latest.clear()

    def publish(self, messages: Iterable[Message], now: float) -> None:
        """Tell news to those whom it concerns."""
        touched: dict[Client, None] = {}
        for message in messages:
            self._keep(message)
            for topic in message.topics:
                for client in self._by_topic.get(topic, ()):
                    client.offer(message)
                    touched[client] = None
        for client in touched:
            client.quiet_since = now
        self._wake(touched)

    def tick(self, now: float) -> None:
        """Send a sign of life where it was quiet for long."""
        due: dict[Client, None] = {}
        for client in self._clients:
            if now - client.quiet_since >= HEARTBEAT - client.name % 50 * (SPREAD / 50):
                client.beat()
                client.quiet_since = now
                due[client] = None
        self._wake(due)

    def close(self) -> None:
        """End all streams, for good."""
        self.closed = True
        for client in self._clients:
            client.close()

    def to_judge(self, now: float, every: float, most: int) -> list[Client]:
        """Up to `most` clients that were not judged for so long; they count as judged now."""
        due = (one for one in self._clients if now - one.judged_at >= every)
        found = list(islice(due, most))
        for client in found:
            client.judged_at = now
        return found

    def _keep(self, message: Message) -> None:
        self._latest.pop(message.key, None)
        if message.event:
            self._latest[message.key] = message
        if len(self._latest) > LATEST:
            del self._latest[next(iter(self._latest))]

    def _wake(self, clients: dict[Client, None]) -> None:
        """Wake some now, and the others in the loop's next rounds."""
        rest = iter(clients)

        def some() -> None:
            woken = list(islice(rest, SLICE))
            for client in woken:
                client.wake()
            if len(woken) == SLICE:
                self._soon(some)

        some()

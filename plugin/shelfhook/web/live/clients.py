"""One open stream's side of the hub: what it has not been sent yet, bounded.

Used by the loop alone, so nothing here is locked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from shelfhook.web.live.messages import BEAT, HEARD, Message, event

MOST_HELD = 256
"""So many different things may wait for one client; with more it is sent away to come back, and
gets the state anew."""


class Client:
    """A reader of `/api/v1/live`: hears of topics.

    Attributes:
        heartbeat: what breaks a silence.

    Args:
        topics: what it hears of.
        name: a number; spreads the heartbeats.
        environ: what it has proved itself with, to be judged again while the stream is open.
    """

    heartbeat = HEARD

    def __init__(self, topics: Collection[str], environ: Mapping[str, Any], name: int = 0) -> None:
        self.topics = frozenset(topics)
        self.environ = environ
        self.name = name
        self.closed = False
        self.quiet_since = 0.0
        """When something was last laid out for it (monotonic)."""
        self.judged_at = 0.0
        """When it was last asked whether it may still look (monotonic)."""
        self.ready = asyncio.Event()
        """Whether something is held, or all is over."""
        self._held: dict[str, bytes] = {}

    def offer(self, message: Message) -> None:
        """Hold news; older news of the same thing is dropped."""
        if message.event:
            self.hold(message.key, message.event)

    def hold(self, key: str, data: bytes) -> None:
        """Hold what is to be sent, in place of what is held under this key."""
        if len(self._held) >= MOST_HELD and key not in self._held:
            self.close()
            return
        self._held[key] = data

    def beat(self) -> None:
        """A sign of life, unless there is something better to send."""
        if not self._held:
            self._held["beat"] = self.heartbeat

    def take(self) -> bytes:
        """All that is held, in the order in which the things first came up."""
        data = b"".join(self._held.values())
        self._held.clear()
        if not self.closed:
            self.ready.clear()
        return data

    @property
    def holds(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._held)

    def wake(self) -> None:
        """Let its stream go on, if there is a reason."""
        if self._held or self.closed:
            self.ready.set()

    def close(self) -> None:
        """What is held is still sent; then the stream ends."""
        self.closed = True
        self.ready.set()


class JobClient(Client):
    """A reader of `/api/v1/jobs/<id>/events`: `snapshot`, `progress`, `done`.

    Args:
        seen: the version that it has seen; None for none.
    """

    heartbeat = BEAT

    def __init__(
        self, topic: str, environ: Mapping[str, Any], seen: int | None, name: int = 0
    ) -> None:
        super().__init__((topic,), environ, name)
        self._seen = seen
        self._early: list[Message] | None = []
        """News that came before the job was read; None afterwards."""

    def begin(self, message: Message) -> None:
        """The job as it was read after this client had joined."""
        assert message.job is not None
        _, version, final = message.job
        if version != self._seen:
            self.hold("snapshot", event("snapshot", message.data, version))
        else:
            self.hold("snapshot", b": nothing new\n\n")  # so that the client knows it is connected
        self._seen = version
        if final:
            self._done(message)
        early, self._early = self._early or [], None
        for one in early:
            self.offer(one)
        self.wake()

    def offer(self, message: Message) -> None:
        """Hold news that is newer than what the client has."""
        if self._early is not None:
            self._early.append(message)
            return
        assert message.job is not None
        _, version, final = message.job
        if not message.data:
            self.close()
        elif final and not self.closed:
            self._done(message)
        elif version > (self._seen or 0) and not final:
            self._seen = version
            self.hold("progress", event("progress", message.data, version))

    def _done(self, message: Message) -> None:
        """The last word: any progress not yet sent is of no use now."""
        assert message.job is not None
        self._held.pop("progress", None)
        self.hold("done", event("done", message.data, message.job[1]))
        self.close()

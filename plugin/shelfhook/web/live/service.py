"""The live room put together: a hub on the loop, fed by a thread that reads the store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Protocol

from shelfhook.web.context import Web
from shelfhook.web.live.access import may_look
from shelfhook.web.live.clients import Client
from shelfhook.web.live.hub import Hub
from shelfhook.web.live.messages import Message
from shelfhook.web.live.tailer import LOOK_EVERY, Tailer, Watching, tail
from shelfhook.web.problems import record

JUDGE_EVERY = 30.0
"""Seconds after which an open stream proves itself again; a token or session that was taken back
ends its streams within a minute."""


class Errands(Protocol):
    """The way from other threads to the loop (see `web.rsgi.errands`)."""

    def leave(self, errand: Callable[[], object]) -> None:
        """Let the loop do it soon."""
        ...


class Live:
    """Clients join and leave on the loop; the thread `live-tailer` reads, and judges.

    The thread begins with the first client and ends with the process (`close` tells it to).
    """

    def __init__(self, web: Web, errands: Errands, hub: Hub) -> None:
        self.hub = hub
        web.streams = hub.__len__  # read from other threads: a number that is there at once
        self._web = web
        self._errands = errands
        self.tailer = Tailer(web.store.news, web.clock, web.refusals.flush)
        self._wanted = threading.Event()
        """Set while there are clients."""
        self._due: list[Client] = []
        """Whom the thread judges next; laid out by the loop, taken by the thread."""
        self._thread: threading.Thread | None = None

    def join(self, client: Client) -> None:
        """Take a client in; on the loop."""
        self.hub.join(client, self._web.clock.monotonic())
        self._wanted.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._tail, name="live-tailer", daemon=True)
            self._thread.start()

    def leave(self, client: Client) -> None:
        """A client has left; on the loop."""
        self.hub.leave(client)
        if not len(self.hub) and not self._web.closing.is_set():
            self._wanted.clear()

    def close(self) -> None:
        """End all streams and the thread; from any thread."""
        self._web.closing.set()
        self._wanted.set()
        self._errands.leave(partial(self.hub.close))

    def _tail(self) -> None:
        web = self._web
        watching = Watching(
            told=self._round,
            rested=partial(self._errands.leave, self.hub.forget),
            failed=partial(record, web.mask, "looking for news"),
        )
        tail(self.tailer, web.clock, web.closing, self._wanted, watching)

    def _round(self, news: list[Message] | None) -> None:
        """After each look, in the tailer's thread. Without news there are no heartbeats, either:
        what may be stale must not look alive."""
        if news is None:
            return
        now = self._web.clock.monotonic()
        self._errands.leave(partial(self._tell, news, now))
        self._judge(now)

    def _tell(self, news: list[Message], now: float) -> None:
        if news:
            self.hub.publish(news, now)
        self.hub.tick(now)

    def _judge(self, now: float) -> None:
        """Judge a few clients again; spread over the looks, since each may ask the store."""
        due, self._due = self._due, []
        for client in due:
            if not may_look(self._web, client.environ):
                self._errands.leave(partial(client.close))
        self._errands.leave(partial(self._pick, now))

    def _pick(self, now: float) -> None:
        """On the loop: choose whom the thread judges next."""
        most = 1 + int(len(self.hub) * LOOK_EVERY / (JUDGE_EVERY / 2))
        self._due = self.hub.to_judge(now, JUDGE_EVERY, most)

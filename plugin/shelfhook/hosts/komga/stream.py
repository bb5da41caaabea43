"""What a Komga server tells by itself, and what it tells when asked for news."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from itertools import chain

from shelfhook.errors import ShelfhookError
from shelfhook.hosts.client import Client
from shelfhook.hosts.komga import mapping, news, routes, tasks, told
from shelfhook.hosts.komga.documents import the_object
from shelfhook.hosts.komga.heard import Heard
from shelfhook.hosts.limits import Deadline
from shelfhook.hosts.sse import events
from shelfhook.ports import Clock, News, Sign, Tiding


class KomgaStream:
    """Satisfies [`Tells`][shelfhook.ports.Tells] and [`Asked`][shelfhook.ports.Asked]."""

    _client: Client
    _clock: Clock
    _heard: Heard

    def tidings(self) -> Iterator[Tiding]:
        """What Komga tells, as it comes: first LISTENING, once the stream has begun.

        `close` ends it.

        Raises:
            Refused: the key or password is wrong.
            Transient: the stream broke, or was silent for 45 s.
        """
        admin = mapping.account(the_object(self._client.ask(routes.me()))).admin
        pieces = self._client.listen(routes.events(), math.inf, told.SILENCE)
        with closing(pieces), self._heard.listening(admin):
            first = next(pieces, b"")
            if not first:
                return
            yield Tiding(Sign.LISTENING, item="" if admin else told.NO_ADMIN)
            for event in events(chain([first], pieces), comments=True):
                self._heard.tell(event)
                yield told.tiding(event)

    def news(self, library: str, cursor: str, most: int) -> News:
        """What is new in a library since a cursor, at most so many.

        Raises:
            Transient: it cannot be asked now.
        """
        return news.news(self._client.ask, library, cursor, most)

    def backlog(self, seconds: float) -> int | None:
        """How many tasks of the kinds that we cause wait or run in Komga's queue.

        Komga tells so every 10 s, and administrators alone. If somebody reads `tidings` we hear it
        there; otherwise a stream is opened for the question. None if it did not come within
        `seconds`, for whatever reason. `close` ends the wait, but for a connection that is just
        being made.
        """
        deadline = Deadline(self._clock, seconds)
        count = self._heard.next(deadline)
        if count is not None:
            return count
        try:
            with closing(self._client.listen(routes.events(), deadline.left())) as pieces:
                return tasks.backlog(events(pieces))
        except ShelfhookError:
            return None

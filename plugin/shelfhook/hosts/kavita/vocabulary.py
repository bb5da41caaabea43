"""All genres and tags of a server, read now and then, so that a new word meets the old spelling."""

from __future__ import annotations

import threading

from shelfhook.errors import ShelfhookError
from shelfhook.hosts.kavita import routes
from shelfhook.hosts.kavita.documents import Dto, a_list, promised
from shelfhook.hosts.kavita.spelling import Spelling
from shelfhook.hosts.kavita.talk import Talk
from shelfhook.ports import Clock

OLD = 600.0
"""Seconds after which the lists are read again: somebody else may add words, too."""


class Vocabulary:
    """Keeps a `Spelling` up to date. Of people only those are known that were read with an item.

    The lock lets one thread read the lists while the others wait: what they plan depends on them.
    It is held for two calls, which end by their deadlines.
    """

    def __init__(self, talk: Talk, spelling: Spelling, clock: Clock) -> None:
        self._talk = talk
        self._spelling = spelling
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._begun = False

    def refresh(self) -> None:
        """Read the lists if that is due. A server that does not give them is no worse off."""
        with self._lock:
            now = self._clock.monotonic()
            if self._begun and now < self._next:
                return
            self._begun, self._next = True, now + OLD
            try:
                for name in ("genres", "tags"):
                    found = a_list(self._talk.ask(routes.vocabulary(name)))
                    self._spelling.learn(name, _titles(found))
            except ShelfhookError:
                return  # the words of each item are known all the same


@promised
def _titles(found: list[Dto]) -> list[str]:
    return [str(one["title"]) for one in found]

"""Two workers never write the same entity at the same time, whichever jobs they belong to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Guard:
    """Lets one worker at a time hold an entity. One per engine.

    The condition guards the set of entities that are held. A worker holds one entity at a time, so
    no two can wait for each other.
    """

    def __init__(self) -> None:
        self._held: set[tuple[str, str]] = set()
        self._released = threading.Condition()

    @contextmanager
    def holding(self, host: str, entity_id: str) -> Iterator[None]:
        """Wait until nobody else holds the entity, and hold it for the block."""
        key = (host, entity_id)
        with self._released:
            while key in self._held:
                self._released.wait()
            self._held.add(key)
        try:
            yield
        finally:
            with self._released:
                self._held.discard(key)
                self._released.notify_all()

"""Two workers never write the same entity at the same time, whichever jobs they belong to."""

from __future__ import annotations

import threading
from types import TracebackType


class Guard:
    """Lets one worker at a time hold an entity. One per engine.

    A worker takes its item first, and then at most that item's series; nobody who holds a series
    asks for an item. So no two can wait for each other. Taking an entity is one atomic dictionary
    operation and giving it back another; the condition is only for those who must wait. A waiter
    counts itself before it looks, a holder looks for waiters after it has let go, so one of the two
    always sees the other.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], int] = {}
        self._released = threading.Condition()
        self._waiters = 0

    def take(self, host: str, entity_id: str) -> None:
        """Wait until nobody else holds the entity, then hold it until `give`."""
        key, me = (host, entity_id), threading.get_ident()
        if self._held.setdefault(key, me) == me:
            return
        with self._released:
            self._waiters += 1
            try:
                while self._held.setdefault(key, me) != me:
                    self._released.wait()
            finally:
                self._waiters -= 1

    def give(self, host: str, entity_id: str) -> None:
        """Let go of an entity that this thread holds."""
        del self._held[host, entity_id]
        if self._waiters:
            with self._released:
                self._released.notify_all()


class Hold:
    """What one worker holds while it does an item; all of it is given back at the end."""

    __slots__ = ("_guard", "_host", "_taken")

    def __init__(self, guard: Guard, host: str, entity_id: str) -> None:
        self._guard = guard
        self._host = host
        self._taken = [entity_id]

    def __enter__(self) -> Hold:
        self._guard.take(self._host, self._taken[0])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for entity_id in self._taken:
            self._guard.give(self._host, entity_id)

    def series(self, series_id: str) -> None:
        """Hold the item's series, too."""
        key = f"series:{series_id}"  # hosts may number books and series alike
        if key not in self._taken:
            self._guard.take(self._host, key)
            self._taken.append(key)

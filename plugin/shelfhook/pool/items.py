"""The item pool: the named threads of one job.

A `ThreadPoolExecutor`, each of whose threads runs one loop that takes items from the stream, so an
item costs no future and no lock hand-over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from shelfhook.errors import SelfSubmission

R = TypeVar("R")


class ItemPool(ThreadPoolExecutor):
    """Threads `<name>-0`, `<name>-1`, … that live as long as one job.

    Submitting from one of its own threads raises `SelfSubmission`: a worker that waits for its own
    pool may wait for ever.
    """

    def __init__(self, name: str, workers: int) -> None:
        self._members: set[int] = set()  # only ever grows; set.add is atomic
        self._names = iter(range(workers))
        self._naming = threading.Lock()  # guards _names while threads start
        self._title = name
        super().__init__(workers, thread_name_prefix=name, initializer=self._enter)

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Hand over work; see the class for who may not.

        Raises:
            SelfSubmission: called from a worker of this very pool.
        """
        if threading.get_ident() in self._members:
            raise SelfSubmission(
                f"{threading.current_thread().name} submitted work into its own pool; an item must"
                " do its work itself, or use a pool that its job does not wait for"
            )
        return super().submit(fn, *args, **kwargs)

    @property
    def members(self) -> frozenset[int]:
        """Identifiers of the threads, for stack dumps."""
        return frozenset(self._members)

    def _enter(self) -> None:
        with self._naming:
            place = next(self._names)
        threading.current_thread().name = f"{self._title}-{place}"
        self._members.add(threading.get_ident())

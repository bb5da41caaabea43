"""Reads what changed in the store, for all who look, some times a second."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from shelfhook.ports import Clock
from shelfhook.store.news import News
from shelfhook.web.live import messages
from shelfhook.web.live.messages import Message

LOOK_EVERY = 0.2
SELDOM = 5
"""Every so manieth look goes for what changes rarely, too."""
MISSED = 2.5
"""A sign of life that is late by so many times its interval is missing (as for `/health`)."""
NEWEST = 20
"""So many jobs are told to whoever comes first, whatever their state."""


class Tailer:
    """What was seen at the last look, and what is new. Used by one thread, but for `watch`."""

    def __init__(
        self, news: News, clock: Clock, settle: Callable[[], object] = lambda: None
    ) -> None:
        """`settle` has what waits in memory written down, so that a look finds it."""
        self._settle = settle
        self._news = news
        self._clock = clock
        self._wanted: deque[tuple[int, int]] = deque()  # its ends are safe for all threads
        self.forget()

    def forget(self) -> None:
        """Nobody looks any more: the next look tells everything."""
        self._open: dict[int, int] = {}
        self._last: int | None = None
        self._told: dict[str, Any] = {}
        self._looks = 0
        self._inbox_again = 0

    def watch(self, num: int, version: int) -> None:
        """Tell of a job even if it ends before the next look; from any thread."""
        self._wanted.append((num, version))

    def look(self) -> list[Message]:
        """What is new since the last look.

        Raises:
            StoreUnavailable: the database is away.
        """
        found = [*self._jobs(), *self._inbox()]
        if self._looks % SELDOM == 0:
            found += [*self._hosts(), *self._counters(), *self._refused()]
        self._looks += 1
        return found

    def _jobs(self) -> Iterator[Message]:
        """Jobs that are new, that have changed, and those that are open no more."""
        while self._wanted:
            num, version = self._wanted.popleft()
            self._open.setdefault(num, version)
        if self._last is None:
            self._last = max(0, self._news.last_job() - NEWEST)
        versions = self._news.versions(self._last)
        changed = {num for num, version in versions.items() if self._open.get(num) != version}
        changed |= self._open.keys() - versions.keys()
        now = self._clock.now()
        read = {job.num: job for job in self._news.jobs(sorted(changed))} if changed else {}
        for num in sorted(changed):
            job = read.get(num)
            if job is None or job.state.final:
                self._open.pop(num, None)
            else:
                self._open[num] = job.version
            yield messages.gone(num) if job is None else messages.of_job(job, now)
        self._last = max(self._last, *versions, 0)

    def _inbox(self) -> Iterator[Message]:
        """At once, but in a storm of events once a second: all who look would be told each time."""
        if self._looks < self._inbox_again:
            return
        waiting, last = self._news.inbox()
        if {"waiting": waiting, "last": last} != self._told.get("inbox"):
            self._inbox_again = self._looks + SELDOM
        yield from self._tell("inbox", {"waiting": waiting, "last": last})

    def _hosts(self) -> Iterator[Message]:
        """Hosts of which any sign of life says something else than before, or is missing now."""
        now = self._clock.now()
        signs: dict[str, list[Any]] = {}
        for one in self._news.signs():
            fresh = abs(now - one.beat_at) <= MISSED * one.every
            signs.setdefault(one.host, []).append((one.name, one.ok, one.detail, fresh))
        for host, said in signs.items():
            if self._told.get(f"host:{host}") != said:
                self._told[f"host:{host}"] = said
                yield messages.of_topic("hosts", {"names": [host]}, host)

    def _counters(self) -> Iterator[Message]:
        for topic, number in self._news.counters().items():
            yield from self._tell(topic, {"version": number})

    def _refused(self) -> Iterator[Message]:
        """A delivery that made no event is news of the inbox, too; it has no number of its own."""
        self._settle()
        at = self._news.refused()
        if self._told.get("refused", at) != at:
            yield messages.of_topic("inbox", self._told["inbox"])
        self._told["refused"] = at

    def _tell(self, topic: str, document: dict[str, int]) -> Iterator[Message]:
        if self._told.get(topic) != document:
            self._told[topic] = document
            yield messages.of_topic(topic, document)


class Watching(NamedTuple):
    """What the thread is to do with what it finds.

    Attributes:
        told: called after each look, with what is new; with None if the look failed.
        rested: called when nobody looks any more; the next look will tell everything.
        failed: told of a look that failed, once until one succeeds.
    """

    told: Callable[[list[Message] | None], None]
    rested: Callable[[], None]
    failed: Callable[[Exception], None]


def tail(
    tailer: Tailer,
    clock: Clock,
    closing: threading.Event,
    wanted: threading.Event,
    watching: Watching,
) -> None:
    """The thread `live-tailer`: look while anybody is there, rest while nobody is.

    Args:
        closing: ends it.
        wanted: set as long as there are clients; who sets `closing` sets it, too.
    """
    away = False
    while not closing.is_set():
        if not wanted.is_set():
            tailer.forget()
            watching.rested()
            wanted.wait()
            continue
        try:
            watching.told(tailer.look())
            away = False
        except Exception as error:  # noqa: BLE001 - the thread's root: recorded, and tried again
            if not away:
                watching.failed(error)
            away = True
            watching.told(None)
        clock.wait(closing, LOOK_EVERY)

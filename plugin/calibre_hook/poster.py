# SPDX-License-Identifier: GPL-3.0-or-later
"""The thread that brings the spool to Shelfhook while calibre goes on."""

from __future__ import annotations

import atexit
import collections
import logging
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from .delivery import NotNow, NotUnderstood, post
from .names import Event
from .settings import Settings, WrongSettings
from .spool import MOST_EVENTS, Spool

log = logging.getLogger("shelfhook.calibre_hook")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
LOOK = 60.0
"""Seconds after which a long-lived process looks for events that others have left."""
GATHER = 0.2
"""Seconds between two deliveries: what comes meanwhile goes together, and calibre gets on."""
LEAVE = 1.5
"""Seconds that a process which ends may still wait for what it has begun to send."""


class Poster:
    """Takes events at once, and delivers them from one daemon thread, the oldest first.

    The thread starts with the first event and ends with the process; what it has not delivered
    then lies in the spool for the next process. The condition guards `_asked`, `_answered`,
    `_begun`, `_ended`, `fault` and `_thread`.
    """

    def __init__(
        self,
        spool: Spool,
        settings: Callable[[], Settings],
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self.spool = spool
        self.fault = ""
        """Why the latest attempt failed; "" if it did not."""
        self._settings = settings
        self._first_pause = first_pause
        self._changed = threading.Condition()
        self._asked = 0
        self._answered = 0
        self._begun = self._ended = 0  # attempts
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._hurry = threading.Event()  # set when the process ends: no time to gather events
        # Events that the disk did not take, each with its delivery id. A deque's own operations
        # are atomic; only the thread takes out.
        self._unsaved: collections.deque[tuple[str, Event]] = collections.deque()

    def tell(self, event: Event) -> None:
        """Take an event; blocks for no longer than the disk needs, and never fails."""
        try:
            self.spool.add(event)
        except OSError as error:
            self._keep(event, error)
        self.look()

    def _keep(self, event: Event, error: OSError) -> None:
        if len(self._unsaved) < MOST_EVENTS:
            log.warning("Shelfhook hook: an event is not on the disk (%s); kept in memory", error)
            self._unsaved.append((str(uuid.uuid4()), event))
        else:
            log.error("Shelfhook hook: an event is lost (%s): %s", error, event)

    def look(self) -> None:
        """Have the thread look into the spool."""
        with self._changed:
            self._asked += 1
            if self._thread is None or not self._thread.is_alive():  # a fork leaves it dead
                self._start()
            self._changed.notify_all()

    def _start(self) -> None:
        if self._thread is None:
            atexit.register(self.leave)
        thread = threading.Thread(target=self._run, name="shelfhook-hook", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending; the spool keeps the event
            return
        self._thread = thread

    def leave(self, limit: float = LEAVE) -> None:
        """Wait until everything is delivered, one more attempt has failed, or the time is over."""
        self._hurry.set()
        with self._changed:
            last = self._begun + 1  # the one that runs may have begun before the latest event
            self._changed.wait_for(
                lambda: self._answered >= self._asked or self._ended >= last, limit
            )
        if self._unsaved:
            log.warning("Shelfhook hook: %d events are lost: the disk is full, and nobody takes "
                        "them", len(self._unsaved))  # fmt: skip

    def stop(self) -> None:
        """End the thread after what it is at; for tests."""
        self._ending.set()
        self._hurry.set()
        with self._changed:
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join()
        atexit.unregister(self.leave)

    # -- the thread --

    def _run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            fault = self._attempt()
            failures = failures + 1 if fault else 0
            self._rest(pause(failures, self._first_pause) if fault else GATHER)

    def _attempt(self) -> str:
        """Wait for events, deliver them; "" or what went wrong."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._asked > self._answered or self._ending.is_set(), LOOK
            )
            asked = self._asked
            self._begun += 1
        fault = self.flush()
        with self._changed:
            self._answered = self._answered if fault else asked
            self._ended = self._begun
            self._say(fault)
            self._changed.notify_all()
        return fault

    def _rest(self, seconds: float) -> None:
        """Pause. The end of the process cuts one pause short, for one more attempt."""
        if self._hurry.is_set():
            self._ending.wait(seconds)
        else:
            self._hurry.wait(seconds)

    def _say(self, fault: str) -> None:
        """Log what has changed, not every attempt."""
        if fault and fault != self.fault:
            log.warning("Shelfhook hook: %s; events wait in %s", fault, self.spool.folder)
        if self.fault and not fault:
            log.warning("Shelfhook hook: deliveries go through again")
        self.fault = fault

    def flush(self) -> str:
        """Deliver all that is there; "" or why it stopped."""
        try:
            settings = self._settings()
            if not settings.url:
                return "no URL is set"
            self._save(settings)
            while batch := self.spool.next_batch():
                self._deliver(settings, batch)
            self.spool.tidy()
        except (NotNow, WrongSettings) as error:
            return str(error)
        except OSError as error:
            return f"the spool cannot be used ({error})"
        except Exception as error:  # the thread's root: recorded, and tried again
            log.exception("Shelfhook hook: a fault of its own")
            return f"a fault of its own ({type(error).__name__})"
        return ""

    def _deliver(self, settings: Settings, batch: Path) -> None:
        events = self.spool.read(batch)
        try:
            if events:
                post(settings, batch.name.rpartition("-")[2], events)
        except NotUnderstood as error:
            if len(events) > 1:
                self.spool.split(batch)
            else:
                log.warning("Shelfhook hook: %s; set aside: %s", error, events)
                self.spool.refuse(batch)
        else:
            self.spool.done(batch)

    def _save(self, settings: Settings) -> None:
        """Bring what only the memory has to the disk, or, where that is still full, deliver it."""
        while self._unsaved:
            delivery, event = self._unsaved[0]
            try:
                self.spool.add(event)
            except OSError:
                self._deliver_unsaved(settings, delivery, event)
            self._unsaved.popleft()

    def _deliver_unsaved(self, settings: Settings, delivery: str, event: Event) -> None:
        try:
            post(settings, delivery, [event])
        except NotUnderstood as error:
            log.warning("Shelfhook hook: %s; dropped: %s", error, event)


def pause(failures: int, first: float = FIRST_PAUSE) -> float:
    """Seconds to wait after so many failures in a row: doubled each time, up to a minute."""
    return min(first * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE)

"""Threads that send, one attempt each at a time; one that hangs is replaced."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

from shelfhook.ports import Clock
from shelfhook.store.outgoing import Delivery

log = logging.getLogger("shelfhook.notify")

THREADS = 4
MOST = 12
"""Threads there may ever be: so many receivers may hang before nothing is sent any more."""
HANGS = 120.0
"""Seconds after which an attempt counts as hanging: a look-up in the DNS and ten seconds of HTTP,
or Apprise with its own timeouts for a handful of requests, are over long before."""
FLUSH = 3.0
"""Seconds that stopping waits for attempts under way. What they do not settle is sent again."""


class Hands:
    """The threads are daemons and end with `end`, or at the latest with the process: an attempt
    that hangs (a look-up in the DNS, a library of Apprise's) must not hold up the stop, and its
    message is sent again after the next start.

    The condition guards who is busy since when, and the threads; it is told whenever a receiver is
    free again. Nothing is sent while it is held.

    Args:
        send: makes one attempt.
        failed: told of an attempt that raised, whatever that was.
    """

    def __init__(
        self,
        send: Callable[[Delivery], None],
        failed: Callable[[Delivery, BaseException], None],
        clock: Clock,
    ) -> None:
        self._send = send
        self._failed = failed
        self._clock = clock
        self._queue: SimpleQueue[Delivery | None] = SimpleQueue()
        self._changed = threading.Condition()
        self._busy: dict[str, float | None] = {}
        self._hanging: set[str] = set()
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._ended.is_set()

    def begin(self) -> None:
        """Start the threads."""
        with self._changed:
            for _ in range(THREADS):
                self._start()

    def busy(self) -> set[str]:
        """The receivers of which something is in hand."""
        with self._changed:
            return set(self._busy)

    def give(self, one: Delivery) -> None:
        """Have a message sent; its receiver must not be busy."""
        with self._changed:
            self._busy[one.receiver] = None
        self._queue.put(one)

    def relieve(self) -> None:
        """Start a thread in the place of each that hangs, as far as there may be more."""
        before = self._clock.monotonic() - HANGS
        with self._changed:
            late = {
                one for one, since in self._busy.items() if since is not None and since < before
            }
            fresh = late - self._hanging
            self._hanging = late
            for receiver in sorted(fresh):
                log.error("Sending to %s hangs; it is tried again after the next start", receiver)
                if self._threads and len(self._threads) < MOST:
                    self._start()

    def end(self) -> None:
        """Let what is in hand be sent, for a while; then end the threads. The rest stays queued."""
        with self._changed:
            threads = list(self._threads)
            self._changed.wait_for(
                lambda: not (threads and self._busy.keys() - self._hanging), FLUSH
            )
        self._ended.set()
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join(FLUSH / MOST)

    def _start(self) -> None:
        name = f"notify_{len(self._threads)}"
        self._threads.append(threading.Thread(target=self._run, name=name, daemon=True))
        self._threads[-1].start()

    def _run(self) -> None:
        while (one := self._queue.get()) is not None and not self.ended:
            with self._changed:
                self._busy[one.receiver] = self._clock.monotonic()
            try:
                self._send(one)
            except BaseException as error:  # noqa: BLE001 - a thread's root; a library may even exit
                self._failed(one, error)
            finally:
                with self._changed:
                    del self._busy[one.receiver]
                    self._changed.notify_all()

"""Calls to one host: deadline, budget, breaker and retries around the transport."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from shelfhook.errors import HostDown, ShelfhookError, Transient
from shelfhook.hosts import bodies, verdict
from shelfhook.hosts.breaker import Breaker
from shelfhook.hosts.calls import Answer, Call, Dialect, Json, Observe, Route, Signs
from shelfhook.hosts.limits import Budget, Deadline
from shelfhook.hosts.retry import pause_before_retry
from shelfhook.hosts.transport import Transport
from shelfhook.ports import Clock, HostOptions

MOST_LESSONS = 2
"""How often one attempt is sent again at once, since the dialect has learned something."""


class Client:
    """What an adapter talks through. Its methods may be called from many threads at once.

    Args:
        options: how to reach the host.
        dialect: the ways of this kind of host.
        clock: tells the time and does the waiting.
        fraction: random numbers from 0 up to 1, for the jitter.
        observe: told of every attempt; None: what the options name, if they do.
    """

    def __init__(
        self,
        options: HostOptions,
        dialect: Dialect,
        clock: Clock,
        *,
        fraction: Callable[[], float] = random.random,
        observe: Observe | None = None,
    ) -> None:
        self._options = options
        self._base = options.url.rstrip("/")
        self._dialect = dialect
        self._signs = dialect if isinstance(dialect, Signs) else None
        self._clock = clock
        self._fraction = fraction
        self._observe = observe or options.observe
        self._closed = threading.Event()
        self._lock = threading.Lock()  # guards the count of overloads alone
        self._overloads = 0
        self._breaker = Breaker(clock)
        self._budget = Budget(options.budget, clock)
        self._transport = Transport(
            Route(
                options.name,
                self._base,
                options.verify,
                options.connect_timeout,
                options.read_timeout,
                options.proxy,
            ),
            clock,
        )

    def __repr__(self) -> str:
        return f"<Client of {self._options.name} at {self._base}>"

    def ask(self, call: Call) -> Json:
        """Make a call, again if need be; gives its JSON, or None where it promises none.

        Raises:
            HostDown: the host cannot be reached, or the breaker is open.
            Transient: it did not work within the retries and the total time.
            Refused, Gone, Permanent: as the host answered.
        """
        return verdict.read(self._where(call), call, self._answer(call))

    def fetch(self, call: Call) -> bytes:
        """As `ask`, for what is no JSON, such as a picture."""
        return verdict.content(self._where(call), call, self._answer(call))

    def tell(self, call: Call) -> None:
        """As `ask`, where nothing matters but that it was done: any body, any 2xx is fine."""
        verdict.success(self._where(call), call, self._answer(call))

    def save(self, call: Call, target: Path) -> None:
        """As `fetch`, for a file of any size, into `target`; if that fails there is no `target`.

        Raises:
            Permanent: as `ask`, and if `target` cannot be written.
        """
        where = self._where(call)
        with bodies.new_file(target, where) as file:
            verdict.content(where, call, self._answer(call, file))

    def listen(
        self, call: Call, seconds: float, silence: float = math.inf
    ) -> Generator[bytes, None, None]:
        """Send a call once; gives the pieces of its answer as they come, for `seconds` in all.

        It waits more than it works: it takes no place in the budget, is not observed, and however
        it ends says nothing about the host. Close it to hang up.

        Args:
            call: what is sent.
            seconds: how long it may take; infinity, if `silence` is none.
            silence: so many seconds without a byte count as a break.

        Raises:
            Transient: the time is over, it was silent for too long, or it broke off.
            HostDown, Refused, Gone, Permanent: as `ask`.
        """
        self._breaker.check()
        deadline = Deadline(self._clock, seconds)
        for _ in range(1 + MOST_LESSONS):
            headers = self._headers(call)
            stream = self._transport.stream(call, headers, deadline, silence)
            with stream as (answer, pieces):
                if not 200 <= answer.status < 300:
                    raise self._error(call, replace(answer, body=b"".join(pieces)))
                first = next(pieces, b"")
                if not self._dialect.learn(headers, replace(answer, streamed=len(first))):
                    yield first
                    yield from pieces
                    return

    def overloads(self) -> int:
        """How many attempts so far met a host that had too much to do."""
        return self._overloads

    def down_until(self) -> tuple[float, str] | None:
        """When the breaker lets a call through and why it is open; None while it is closed."""
        return self._breaker.down_until()

    def close(self) -> None:
        """Wake all who wait, close all connections; later calls raise `HostDown`."""
        self._closed.set()
        self._budget.close()
        self._transport.close()

    def _answer(self, call: Call, into: BinaryIO | None = None) -> Answer:
        """The answer of a success, after as many attempts as it needs and may have."""
        seconds = self._options.total_timeout if call.seconds is None else call.seconds
        deadline = Deadline(self._clock, seconds)
        failures = 0
        while True:
            try:
                return self._attempt(call, deadline, into)
            except Transient as error:
                failures += 1
                self._count(error)
                self._pause_or_raise(call, failures, error, deadline)

    def _pause_or_raise(
        self, call: Call, failures: int, error: Transient, deadline: Deadline
    ) -> None:
        """Wait for the next attempt, or raise the error if there will be none."""
        self._breaker.check()  # an open one speaks first: an outage must cost time, not items
        retries = self._options.retries if call.retries is None else call.retries
        pause = pause_before_retry(failures, self._fraction(), error.retry_after)
        if failures > retries or not call.repeatable or pause >= deadline.left():
            raise error.last_word if isinstance(error, verdict.NotYet) else error
        if self._clock.wait(self._closed, pause):
            raise self._closed_error() from error

    def _count(self, error: Transient) -> None:
        if error.overload:
            with self._lock:
                self._overloads += 1

    def _attempt(self, call: Call, deadline: Deadline, into: BinaryIO | None) -> Answer:
        where = self._where(call)
        self._breaker.check()  # before queueing for a place, and again when it is our turn
        with self._place(where, deadline):
            ticket = self._breaker.enter()
            try:
                answer = self._send(call, deadline, ticket, into)
            finally:
                self._breaker.leave(ticket)
        if 200 <= answer.status < 300:
            return answer
        raise self._error(call, answer)

    def _send(self, call: Call, deadline: Deadline, ticket: int, into: BinaryIO | None) -> Answer:
        """One attempt and the breaker's verdict on it; more if the dialect asks for them."""
        lessons = 0
        while True:
            headers = self._headers(call)
            answer = self._exchange(call, headers, deadline, ticket, into)
            if not self._dialect.learn(headers, answer) or lessons == MOST_LESSONS:
                return answer
            lessons += 1

    def _headers(self, call: Call) -> Mapping[str, str]:
        return self._dialect.headers() if self._signs is None else self._signs.sign(call)

    def _exchange(
        self,
        call: Call,
        headers: Mapping[str, str],
        deadline: Deadline,
        ticket: int,
        into: BinaryIO | None,
    ) -> Answer:
        started = self._clock.monotonic()
        status = 0
        try:
            answer = self._transport.send(call, headers, deadline, into)
            status = answer.status
        except Transient as error:
            # a file that always breaks off is that item's trouble, a host that is away everyone's
            alone = into is not None and not isinstance(error, HostDown)
            self._breaker.failed(ticket, str(error), of=call.path if alone else None)
            raise
        finally:
            if self._observe is not None:
                self._observe(call.method, call.route, status, self._clock.monotonic() - started)
        self._judge(call, answer, ticket)
        return answer

    def _judge(self, call: Call, answer: Answer, ticket: int) -> None:
        if verdict.foreign(answer) and answer.status not in call.gone:
            # Without an entity it may just as well be a path that a proxy walls off: no verdict.
            if call.entity:
                reason = f"{self._where(call)} answered {answer.status}; {verdict.FOREIGN}"
                self._breaker.failed(ticket, reason)
            return
        if answer.status < 500:
            self._breaker.succeeded(ticket)
            return
        away = answer.status in verdict.AWAY or self._dialect.overloaded(answer)
        # another 500 on the same path is that item's trouble, on different paths the host's
        of = None if away else call.path
        self._breaker.failed(ticket, f"{self._where(call)} answered {answer.status}", of=of)

    def _error(self, call: Call, answer: Answer) -> ShelfhookError:
        now = self._clock.now()
        return verdict.error_of(self._where(call), self._base, call, answer, self._dialect, now)

    def _where(self, call: Call) -> str:
        return f"{self._options.name}: {call.method} {call.path}"

    @contextmanager
    def _place(self, where: str, deadline: Deadline) -> Iterator[None]:
        if not self._budget.take(deadline.left()):
            if self._closed.is_set():
                raise self._closed_error()
            raise Transient(
                f"{where}: no turn within {deadline.seconds:g} s, since the host's budget of "
                f"{self._options.budget} calls at once was used up"
            )
        try:
            yield
        finally:
            self._budget.give()

    def _closed_error(self) -> HostDown:
        return HostDown(f"{self._options.name}: Shelfhook has closed its connections")

"""The one thread that writes: it commits what many callers want in groups.

Callers hand over an operation and wait for the commit of the group that it fell into, so hundreds
of them share one fsync. An operation that fails never takes its neighbours with it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from queue import SimpleQueue
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from shelfhook.errors import StoreUnavailable
from shelfhook.store.engine import plain

A = TypeVar("A")
R = TypeVar("R")
Operation: TypeAlias = Callable[[Connection, Sequence[A]], Sequence[R]]
"""Does several calls' work in one go: one result per argument. May run more than once."""

log = logging.getLogger(__name__)

GROUP = 1_000
"""Most calls that share a commit; keeps the write lock short for the other process."""
PATIENCE = 60.0
"""Seconds that a caller waits before the store counts as unavailable."""
RETRIES = 5


class Ticket(Generic[R]):
    """A promise of one call's result; lighter than a Future, which costs a condition each.

    The lock is held until the result is there; waiting is acquiring it.
    """

    __slots__ = ("_error", "_lock", "_result", "given_up")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._result: R | None = None
        self._error: BaseException | None = None
        self.given_up = False
        """Nobody waits any more: what has not begun by then is left undone."""

    def done(self) -> bool:
        """Whether the commit (or the failure) has happened."""
        return not self._lock.locked()

    def wait(self, timeout: float = PATIENCE) -> R:
        """The result, after its commit.

        Raises:
            StoreUnavailable: nothing came within `timeout` seconds, or the database failed.
            Permanent: the database refuses what was to be written.
        """
        if not self._lock.acquire(timeout=timeout):
            self.given_up = True
            raise StoreUnavailable(f"the database did not answer within {timeout:.0f} s")
        self._lock.release()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value] # set whenever _error is None

    def resolve(self, result: R) -> None:
        """Hand over the result and wake the caller."""
        self._result = result
        self._lock.release()

    def fail(self, error: BaseException) -> None:
        """Hand over what went wrong and wake the caller."""
        self._error = error
        self._lock.release()


class Notice(Ticket[R]):
    """A ticket that tells, for callers that must not wait for it, such as a loop of events.

    Args:
        then: called by the writer's thread as soon as the result (or the failure) is there; must
            be short and must not raise.
    """

    __slots__ = ("_then",)

    def __init__(self, then: Callable[[Ticket[R]], None]) -> None:
        super().__init__()
        self._then = then

    def resolve(self, result: R) -> None:
        """Hand over the result and tell."""
        super().resolve(result)
        self._then(self)

    def fail(self, error: BaseException) -> None:
        """Hand over what went wrong and tell."""
        super().fail(error)
        self._then(self)


Call: TypeAlias = tuple[Operation[Any, Any], Any, Ticket[Any]]


class Writer:
    """Group commit. The thread `store-writer` ends when `close` puts None into the queue."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[Call | None] = SimpleQueue()
        self._closing = threading.Lock()  # guards _closed: nothing is queued after the None
        self._closed = False
        self._open: Connection | None = None  # the thread's alone
        self.commits = 0
        self.calls = 0
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(
        self, operation: Operation[A, R], argument: A, ticket: Ticket[R] | None = None
    ) -> Ticket[R]:
        """Queue one call and return at once. Calls of one thread commit in their order.

        Args:
            ticket: the caller's own, for one that cannot wait (see `Notice`).
        """
        ticket = Ticket() if ticket is None else ticket
        with self._closing:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            self._queue.put((operation, argument, ticket))
        return ticket

    def call(self, operation: Operation[A, R], argument: A) -> R:
        """Queue one call and wait for its commit."""
        return self.submit(operation, argument).wait()

    def close(self) -> None:
        """Commit what is queued, then end the thread."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            group, more = self._collect()
            if group:
                self._commit(group)
        self._disconnect()

    def _connection(self) -> Connection:
        """The thread's own connection, kept from group to group."""
        if self._open is None:
            self._open = self._engine.connect()
        return self._open

    def _disconnect(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _collect(self) -> tuple[list[Call], bool]:
        """Wait for one call, then take what else is there."""
        group: list[Call] = []
        call = self._queue.get()
        while call is not None:
            group.append(call)
            if len(group) >= GROUP or self._queue.empty():
                return group, True
            call = self._queue.get()
        return group, False

    def _commit(self, group: list[Call]) -> None:
        """One transaction for the group; if it fails, one for each call."""
        try:
            live, results = self._transaction(group)
        except Exception as error:  # noqa: BLE001 - a thread's root: handed to the callers
            if len(group) == 1 or _passing(error):
                for _, _, ticket in group:
                    ticket.fail(_plain(error))
                return
            for call in group:
                self._commit([call])
            return
        self.commits += 1
        self.calls += len(live)
        for (_, _, ticket), result in zip(live, results, strict=True):
            ticket.resolve(result)
        if len(live) < len(group):
            for _, _, ticket in group:
                if not ticket.done():
                    ticket.fail(StoreUnavailable("nobody waited for it any more"))

    def _transaction(self, group: list[Call]) -> tuple[list[Call], list[Any]]:
        """Run and commit; a database that is locked or away is tried again for a while.

        Gives the calls that were made, without those whose callers gave up before the database let
        us in, and their results.
        """
        for attempt in range(RETRIES):
            try:
                connection = self._connection()
                with connection.begin():
                    live = [call for call in group if not call[2].given_up]
                    return live, _run_all(connection, live)
            except (OperationalError, InterfaceError) as error:
                self._disconnect()
                if attempt == RETRIES - 1 or not _passing(error):
                    raise
                log.warning("trying again: %s", plain(error))
                time.sleep(0.05 * 2**attempt)  # the writer has nothing else to do meanwhile
        raise AssertionError("unreachable")


def _run_all(connection: Connection, group: list[Call]) -> list[Any]:
    """Neighbouring calls of one operation run as one; the order of the queue is kept."""
    results: list[Any] = []
    for operation, run in groupby(group, key=lambda call: call[0]):
        arguments = [argument for _, argument, _ in run]
        answers = operation(connection, arguments)
        if len(answers) != len(arguments):
            raise AssertionError(f"{operation} gave {len(answers)} results, not {len(arguments)}")
        results.extend(answers)
    return results


def _passing(error: Exception) -> bool:
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    told = str(error.orig)
    return error.connection_invalidated or "locked" in told or "deadlock" in told


def _plain(error: Exception) -> Exception:
    """Database failures become ours, without statement and parameters: those may hold secrets."""
    return plain(error) if isinstance(error, DBAPIError) else error

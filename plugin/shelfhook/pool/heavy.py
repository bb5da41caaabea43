"""The heavy pool: worker processes for what keeps a processor busy."""

from __future__ import annotations

import pickle
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from shelfhook.errors import Permanent
from shelfhook.pool.bench import Bench, closed
from shelfhook.pool.worker import Answer

P = ParamSpec("P")
R = TypeVar("R")


class HeavyPool:
    """At most so many worker processes, started when needed and kept. See `ports.Heavy`.

    Any thread may call it; one that finds no process free waits, and who asked first is served
    first. A process that dies fails only the call that ran in it: the next call gets a fresh one.

    Args:
        processes: how many calls run at once.
        seconds: longest time for one call, the start of its process included; the wait for a free
            process is not.
    """

    def __init__(self, processes: int, seconds: float) -> None:
        if processes < 1:
            raise ValueError("a heavy pool needs at least one process")
        self._seconds = seconds
        self._lock = threading.Lock()  # guards all below
        self._benches = [Bench() for _ in range(processes)]
        self._free = list(self._benches)
        self._queue: deque[Future[Bench]] = deque()
        self._closed = False

    def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result, or what it raised, from a worker process.

        Raises:
            Permanent: the process died or took too long, or what should go to it or come from it
                cannot be pickled.
            Cancelled: the pool is closed, or was meanwhile.
            Transient: no process could be started.
        """
        doing = _sentence(function, args)
        request = _request(function, args, kwargs)
        bench = self._take()
        try:
            reply = bench.run(request, self._seconds, doing)
        finally:
            self._give(bench)
        return cast(R, _result(reply, doing))

    @property
    def waiting(self) -> int:
        """How many threads wait for a free process."""
        return len(self._queue)

    @property
    def pids(self) -> frozenset[int]:
        """Ids of the processes that run now."""
        return frozenset(pid for bench in self._benches if (pid := bench.pid) is not None)

    def close(self) -> None:
        """End all processes; calls that run or wait raise `Cancelled`. May be repeated."""
        with self._lock:
            self._closed = True
            waiters = list(self._queue)
            self._queue.clear()
        for waiter in waiters:
            if waiter.set_running_or_notify_cancel():
                waiter.set_exception(closed())
        for bench in self._benches:
            bench.close()

    def _take(self) -> Bench:
        with self._lock:
            if self._closed:
                raise closed()
            if self._free:
                return self._free.pop()  # the one used last: its process is warm
            waiter: Future[Bench] = Future()
            self._queue.append(waiter)
        try:
            return waiter.result()
        except BaseException:
            # An interrupt, or the end: a bench that was handed over meanwhile must not be lost.
            if not waiter.cancel() and waiter.exception() is None:
                self._give(waiter.result())
            raise

    def _give(self, bench: Bench) -> None:
        with self._lock:
            while self._queue:
                waiter = self._queue.popleft()
                if waiter.set_running_or_notify_cancel():
                    waiter.set_result(bench)
                    return
            self._free.append(bench)

    def __enter__(self) -> HeavyPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _sentence(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """What is done, for messages: the function's name, and the file it works on."""
    name = getattr(function, "__qualname__", repr(function))
    path = next((arg for arg in args if isinstance(arg, Path)), None)
    return f"{name} worked on {path}" if path else f"{name} worked"


def _request(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    if getattr(function, "__module__", "") == "__main__":
        raise Permanent(
            f"{function!r} lies in the main program, where a worker process cannot find it; put it"
            " at the top of a module that can be imported"
        )
    try:
        return pickle.dumps((function, args, kwargs))
    except Exception as error:
        raise Permanent(
            f"{function!r} or what it was given cannot be handed to another process ({error}); it"
            " must lie at the top of a module"
        ) from error


def _result(reply: bytes, doing: str) -> object:
    try:
        answer: Answer = pickle.loads(reply)  # noqa: S301 - our own worker wrote it
    except Exception as error:
        raise Permanent(
            f"the result cannot be read, after {doing}: {type(error).__name__}: {error}"
        ) from error
    if answer.error is None:
        return answer.result
    if answer.trace:
        answer.error.add_note(f"In the worker process:\n{answer.trace}")
    raise answer.error

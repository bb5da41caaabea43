"""One place of the heavy pool: a worker process and the line to it.

The process is a fresh interpreter, not a fork (this process has threads, and a fork inherits their
locks), and not one of `multiprocessing` either: those run the main module again, and leave helper
processes behind. It has a process group of its own, so that whatever it starts ends with it, and
so that Ctrl-C in a terminal does not reach it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from shelfhook.errors import Cancelled, Permanent, Transient

PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from shelfhook.pool.worker import main; main({descriptor})"
)
TITLE = "shelfhook-heavy"
"""Last word of the command line: names the process in `ps`."""
PATIENCE = 10.0
"""Seconds that a killed process is waited for."""


def closed() -> Cancelled:
    """The error of a call that the end of the pool meets."""
    return Cancelled("the worker processes were stopped")


class NotBegun(Permanent):
    """The process died before it looked at the call, which may be made again."""


class Bench:
    """Runs one call at a time; its process is started when it is needed.

    `_lock` guards the fields below it. The line is closed only by the thread that runs a call, or
    when there is none: otherwise a new file might get its number while that thread still reads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._busy = False
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process's id; None while there is none."""
        process = self._process
        return process.pid if process else None

    def run(self, request: bytes, seconds: float, doing: str) -> bytes:
        """Send a request, wait for the answer.

        Args:
            seconds: how long the answer may take; then the process is killed.
            doing: what is done, for messages.

        Raises:
            Permanent: the process died, or took too long.
            Cancelled: the bench was closed.
            Transient: no process could be started.
        """
        try:
            return self._call(request, seconds, doing)
        except NotBegun:  # it had died while nobody used it: a fresh one gets the call
            return self._call(request, seconds, doing)

    def close(self) -> None:
        """End the process; a call that runs in it raises `Cancelled`."""
        with self._lock:
            self._closed = True
        self._kill()
        with self._lock:
            if not self._busy:
                self._discard()

    def _begin(self) -> Connection:
        with self._lock:
            if self._closed:
                raise closed()
            if self._process is None or self._line is None:
                self._process, self._line = _start()
            self._busy = True
            return self._line

    def _call(self, request: bytes, seconds: float, doing: str) -> bytes:
        line = self._begin()
        until = time.monotonic() + seconds
        heard: list[bytes] = []  # first that the call has begun, then the answer
        try:
            line.send_bytes(request)
            while len(heard) < 2:
                if not line.poll(max(0.0, until - time.monotonic())):
                    raise Permanent(f"{doing} took longer than {seconds:g} s and was stopped")
                heard.append(line.recv_bytes())
            return heard[1]
        except (EOFError, OSError) as error:
            raise self._died(doing, Permanent if heard else NotBegun) from error
        finally:
            # Without an answer (by an interrupt, too) the next call might get this one's.
            self._done(spoiled=len(heard) < 2)

    def _done(self, *, spoiled: bool) -> None:
        if spoiled:
            self._kill()
        with self._lock:
            self._busy = False
            if spoiled or self._closed:
                self._discard()

    def _died(self, doing: str, kind: type[Permanent]) -> Cancelled | Permanent:
        code = self._kill()
        if self._closed:
            return closed()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return kind(
            f"the worker process died ({how}) while {doing}; the file may need too much memory"
        )

    def _kill(self) -> int:
        """Kill the process, unless it has ended, and all that it started; gives its exit code."""
        with self._lock:
            process = self._process
            if process is None:
                return 0
            # Until it has been waited for, its number is no other process's.
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # it hangs in the kernel, on a dead disk say
            return -signal.SIGKILL

    def _discard(self) -> None:
        if self._line is not None:
            self._line.close()
        self._process = self._line = None


def _start() -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = Pipe()
    with theirs:  # only the worker may hold that end: its death must end the line
        program = PROGRAM.format(path=[str(one) for one in sys.path], descriptor=theirs.fileno())
        try:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-c", program, TITLE],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the service's own output may be read by a program
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        except OSError as error:
            ours.close()
            raise Transient(f"no worker process could be started: {error}") from error
    return process, ours

"""What a worker process runs: calls that come over a socket, one after the other.

Two threads: the main one does the work, the other listens. When the line to the service ends, since
that has closed it or has died, the listener ends the process at once, whatever the other is at.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from shelfhook.errors import Permanent

NICER = 5
"""How much lower the process's priority is, so that the service answers meanwhile."""
FIRST_TO_GO = "500"
"""Where memory runs out, the kernel shall choose a worker before the service."""
BEGUN = b""
"""Sent before each answer: from now on the call may have had effects."""


class Answer(NamedTuple):
    """How a call ended: with a result, or with an error and its traceback."""

    result: Any = None
    error: BaseException | None = None
    trace: str = ""


def main(descriptor: int) -> None:
    """Serve the calls that come over the socket `descriptor`, until that ends."""
    os.set_inheritable(descriptor, False)  # programs that a call starts must not hold the line
    _be_a_good_neighbour()
    line = Connection(descriptor)
    calls: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(line, calls), name="listener", daemon=True).start()
    while True:
        request = calls.get()
        try:
            line.send_bytes(BEGUN)
            line.send_bytes(respond(request))
        except OSError:
            _end()


def respond(request: bytes) -> bytes:
    """Do one pickled call `(function, args, kwargs)`; gives the pickled `Answer`."""
    name = "the call"
    try:
        function, args, kwargs = pickle.loads(request)  # noqa: S301 - our own parent wrote it
        name = getattr(function, "__qualname__", repr(function))
        answer = Answer(function(*args, **kwargs))
    except Exception as error:  # noqa: BLE001 - a process's root: handed to the caller
        answer = _failure(name, error)
    except BaseException as error:  # noqa: BLE001 - such as SystemExit, which must not end a thread
        answer = Answer(None, Permanent(f"{name} ended with {error!r}"), traceback.format_exc())
    return _pickled(name, answer)


def _failure(name: str, error: Exception) -> Answer:
    trace = traceback.format_exc()
    try:
        # Both ways: many an exception is pickled well and cannot be made again.
        pickle.loads(pickle.dumps(error))  # noqa: S301 - written in the same line
    except Exception:  # noqa: BLE001 - a foreign class's methods may raise anything
        told = Permanent(f"{name} raised {error!r}, which cannot be handed to another process")
        return Answer(None, told, trace)
    return Answer(None, error, trace)


def _pickled(name: str, answer: Answer) -> bytes:
    try:
        return pickle.dumps(answer)
    except Exception as error:  # noqa: BLE001 - a foreign class's methods may raise anything
        kind = type(answer.result).__qualname__
        told = Permanent(
            f"{name} gave a {kind}, which cannot be handed to another process ({error})"
        )
        return pickle.dumps(Answer(None, told))


def _listen(line: Connection, calls: SimpleQueue[bytes]) -> None:
    while True:
        try:
            calls.put(line.recv_bytes())
        except (EOFError, OSError):
            _end()


def _end() -> None:
    """End this process and the programs that it has started."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _be_a_good_neighbour() -> None:
    # Whoever stops the service sends these to all its processes; it stops the workers itself, when
    # their calls are done. A handler rather than SIG_IGN, which started programs would inherit.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    with contextlib.suppress(OSError):  # a lower priority is always allowed, but be sure
        os.nice(NICER)
    with contextlib.suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")

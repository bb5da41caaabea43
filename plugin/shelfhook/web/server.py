"""granian with our application, and a clean end of it.

granian's own process supervises one worker process, in which the application is made and answers.

Its interface is RSGI, not WSGI, since a WSGI server gives each live stream a thread. Measured on
two cores, by turns with WSGI, each delivery with its commit (`python -m benchmarks webhooks`): as
many deliveries a second with 16 connections, a fifth more with 128 at half the p99, and a tenth
less processor time for each (130 against 152 µs). 1,000 idle streams cost 25 kB each, and the
slowest heard of a change after 0.25 s (`python -m benchmarks streams`). Not taken: ASGI with
a2wsgi, which costs a third of the requests; a loop of its own beside WSGI, which needs a second
port, or a proxy in Python before everything.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels

from shelfhook.settings import WebSettings
from shelfhook.web.lean import Application
from shelfhook.web.rsgi.entry import Entry

STOPPING: Final = {signal.SIGTERM, signal.SIGINT}
DRAIN_SECONDS: Final = 10
"""How long requests under way may go on after the order to stop."""
CONNECTIONS: Final = 1024
"""So many connections may be open besides live streams."""


def serve(target: str, web: WebSettings, *, log_level: str = "warning") -> None:
    """Serve until SIGTERM or SIGINT. Must be called in the main thread.

    Args:
        target: `module:function` of the factory that makes the application (see `create_app`); it
            is called in the worker process, so that its store and threads belong there.

    Raises:
        SystemExit: the worker died or could not make the application.
    """
    address, port = web.address
    server = Granian(
        target,
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        workers=1,
        # Connections at once: live streams never keep others out.
        backpressure=web.max_streams + CONNECTIONS,
        http=HTTPModes.http1,
        loop=Loops.asyncio,
        websockets=False,
        factory=True,
        log_level=LogLevels(log_level),
        log_access=False,
        workers_kill_timeout=DRAIN_SECONDS,
    )
    server.serve(target_loader=partial(_load, threads=web.threads))  # type: ignore[arg-type] # an object with __rsgi__ will do


def _load(target: str, threads: int) -> Entry:
    """Make the application, in the worker, and tie its life to the parent's."""
    module, _, name = target.partition(":")
    app = getattr(importlib.import_module(module), name)()
    assert isinstance(app, Application)
    _end_with_parent()
    entry = Entry(app, threads, _before_the_end)
    # What is there now stays: without it a collection stops all threads for some 50 ms.
    gc.collect()
    gc.freeze()
    return entry


def _end_with_parent() -> None:
    """A parent that is killed leaves a worker behind that would hold the port for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="web-parent", daemon=True).start()


def _before_the_end(close: Callable[[], None]) -> None:
    """Have `close` called when the order to stop comes, before granian hears of it.

    asyncio has its signals told through the wakeup descriptor (so granian's are); we put ourselves
    before it and pass on what we read: streams end while the loop still runs. The thread
    `web-signals` is a daemon and ends with the process.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    loops = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def watch() -> None:
        while True:
            told = os.read(reader, 64)
            if STOPPING & {*told}:
                close()
            os.write(loops, told)

    threading.Thread(target=watch, name="web-signals", daemon=True).start()

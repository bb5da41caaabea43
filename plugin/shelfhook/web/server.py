"""granian with our application, and a clean end of it.

granian's own process supervises one worker process, in which the application is made and answers.
"""

from __future__ import annotations

import gc
import importlib
import logging
import multiprocessing
import os
import signal
import threading
from typing import Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from shelfhook.settings import WebSettings
from shelfhook.web.context import EXTENSION, MOST_WAITS
from shelfhook.web.lean import Application

STOPPING: Final = {signal.SIGTERM, signal.SIGINT}
DRAIN_SECONDS: Final = 10
"""How long requests under way may go on after the order to stop."""


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
        interface=Interfaces.WSGI,
        workers=1,
        # Streams and waiting requests hold a thread each: with seats of their own they never take
        # those that answer. granian starts threads when they are needed.
        blocking_threads=web.threads + web.max_streams + MOST_WAITS,
        http=HTTPModes.http1,
        websockets=False,
        factory=True,
        log_level=LogLevels(log_level),
        log_access=False,
        workers_kill_timeout=DRAIN_SECONDS,
    )
    logging.getLogger("_granian").addFilter(_worth_telling)
    server.serve(target_loader=_load)


def _worth_telling(record: logging.LogRecord) -> bool:
    """Not that there may be many threads: they wait, for the engine or for news of a job."""
    return "Configuration allows spawning" not in str(record.msg)


def _load(target: str) -> Application:
    """Make the application, in the worker, and tie its life to the signals and to the parent's."""
    module, _, name = target.partition(":")
    app = getattr(importlib.import_module(module), name)()
    assert isinstance(app, Application)
    _end_with_parent()
    _close_on_signal(app.extensions[EXTENSION].closing)
    # What is there now stays: without it a collection stops all threads for some 50 ms.
    gc.collect()
    gc.freeze()
    return app


def _end_with_parent() -> None:
    """A parent that is killed leaves a worker behind that would hold the port for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="web-parent", daemon=True).start()


def _close_on_signal(closing: threading.Event) -> None:
    """Set `closing` when the order to stop comes, so that streams end and the server can.

    granian handles the signals itself; the wakeup descriptor tells us of them all the same.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def watch() -> None:
        while not STOPPING & set(os.read(reader, 64)):
            pass
        closing.set()

    threading.Thread(target=watch, name="web-signals", daemon=True).start()

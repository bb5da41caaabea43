"""What runs in each process: `engine`, `web`, and `serve`, which supervises the two."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shelfhook.app import first_token, logs, parts, systemd
from shelfhook.app.engine import Engine
from shelfhook.clock import SystemClock
from shelfhook.settings import CONFIG_VARIABLE
from shelfhook.store import Store

log = logging.getLogger("shelfhook.serve")

PARENT_VARIABLE = "SHELFHOOK_PARENT"
"""Process id of the supervisor; a child whose parent has gone ends too."""
STEADY = 30.0
"""Seconds after which a child that dies is restarted at once again."""
PAUSES = (0.1, 0.5, 2.0, 5.0, 10.0)
"""Seconds before each further restart of a child that dies young."""


def engine(config: Path | None, env: Mapping[str, str]) -> int:
    """Run the engine until SIGTERM; gives the exit code."""
    stop = _stop_on_signals()
    made = parts.read(config, env)
    logs.configure_as(made.settings.engine)
    _end_with_parent(env, stop)
    clock = SystemClock()
    with Store(made.settings.paths.database_url) as store:
        running = Engine(made, store, clock, listens=True)
        for fault in made.faults:
            log.error("%s", fault)
        if not _wait_for_lease(running, stop):
            return 0
        running.start()
        while not stop.wait(0.5) and not running.lease_lost.is_set():
            pass
        if running.lease_lost.is_set():
            _end_at_once()  # another engine may be at work by now: not one item more
        if not running.stop():
            store.close()
            _end_at_once()  # threads are stuck in items; the next start does those again
    return 0


def _end_at_once() -> None:
    logging.shutdown()
    os._exit(1)


def web(config: Path | None, env: Mapping[str, str]) -> int:
    """Run the web process until SIGTERM; gives the exit code."""
    from shelfhook.web.server import serve

    made = parts.read(config, env)
    logs.configure_as(made.settings.engine)
    first_token.tell(made.settings)  # a database that is wrong is said here, too
    if config is not None:
        os.environ[CONFIG_VARIABLE] = str(config)  # the worker process reads the same file
    _end_with_parent(env, None)
    serve("shelfhook.app.wsgi:create", made.settings.web)
    return 0


@dataclass
class Child:
    """A process under supervision."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    due_at: float = field(default=0.0)

    def start(self, env: Mapping[str, str]) -> None:
        """Start it (again)."""
        self.process = subprocess.Popen(self.command, env=dict(env))  # noqa: S603 - our own program
        self.started_at = time.monotonic()

    def look(self) -> bool:
        """Notice that it has died and say when to start it again; False if it runs."""
        if self.process is None or self.process.poll() is None:
            return False
        if time.monotonic() - self.started_at > STEADY:
            self.deaths = 0
        pause = PAUSES[min(self.deaths, len(PAUSES) - 1)]
        self.deaths += 1
        self.due_at = time.monotonic() + pause
        log.error(
            "The %s process ended with %s; it is started again in %.1f s",
            self.name,
            self.process.returncode,
            pause,
        )
        self.process = None
        return True


def serve(config: Path | None, env: Mapping[str, str]) -> int:
    """Run web and engine as two processes, and start again whichever dies, until SIGTERM."""
    stop = _stop_on_signals()
    made = parts.read(config, env)  # wrong settings end it here, not in a restart loop
    logs.configure_as(made.settings.engine)
    first_token.tell(made.settings)
    told = {name: text for name, text in env.items() if name not in systemd.VARIABLES}
    surroundings = {**told, PARENT_VARIABLE: str(os.getpid())}
    if config is not None:
        surroundings[CONFIG_VARIABLE] = str(config.absolute())
    children = [
        Child(name, [sys.executable, "-m", "shelfhook.app", name]) for name in ("engine", "web")
    ]
    for child in children:
        child.start(surroundings)
    _end_with_parent(env, stop)
    manager = systemd.manager(env)
    while not stop.wait(0.05):
        for child in children:
            child.look()
            if child.process is None and time.monotonic() >= child.due_at:
                child.start(surroundings)
        manager.look(made.settings.web.address)
    manager.tell("STOPPING=1")
    _end(children, made.settings.engine.drain_seconds + 10)
    return 0


def _end(children: list[Child], patience: float) -> None:
    """Ask all to end, the events' receiver last to be waited for, and kill what does not."""
    alive = [child.process for child in children if child.process is not None]
    for process in alive:
        process.terminate()
    until = time.monotonic() + patience
    for process in alive:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("Process %d did not end in time and is killed", process.pid)
            process.kill()
            process.wait()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _wait_for_lease(running: Engine, stop: threading.Event) -> bool:
    """Stand by while another engine works; False when told to stop meanwhile."""
    told = False
    while not running.acquire():
        if not told:
            log.info("Another engine holds the lease; this one stands by")
            told = True
        if stop.wait(0.5):
            return False
    return True


def _end_with_parent(env: Mapping[str, str], stop: threading.Event | None) -> None:
    """A supervisor that is killed must not leave children behind.

    The thread `parent-watch` looks once a second; it is a daemon and ends with the process.
    """
    parent = int(env.get(PARENT_VARIABLE, "0") or "0")
    if not parent:
        return

    def watch() -> None:
        never = threading.Event()
        while os.getppid() == parent:
            never.wait(1.0)
        if stop is not None:
            stop.set()
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()

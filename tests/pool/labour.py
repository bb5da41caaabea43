"""What the worker processes are given to do in the tests; also the doors that hold them up."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Never

from shelfhook.errors import Gone, Unknown
from tests.support.waiting import wait_until


class Door:
    """Stops a worker that runs `hold` with its path, until it is opened."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._end: int | None = None

    def wait(self) -> None:
        """Wait until a worker stands before it."""
        self._end = wait_until(self._try, what=f"nobody came to {self.path.name}")

    def open(self) -> None:
        if self._end is not None:
            os.close(self._end)
            self._end = None

    def _try(self) -> int | None:
        try:
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:  # nobody reads
                raise
            return None


def is_gone(pid: int) -> bool:
    """Whether a process has ended (it may wait for its parent to notice)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return status.rpartition(")")[2].split()[0] in "ZX"


def hold(door: Path) -> int:
    door.read_bytes()
    return os.getpid()


def note(door: Path, name: str, book: Path) -> None:
    """Hold, then write one's name down."""
    door.read_bytes()
    with book.open("a", encoding="utf-8") as lines:
        lines.write(f"{name}\n")


def start_and_hold(door: Path, pid_file: Path) -> None:
    """Start another program that would run long, tell its id, and hold."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    pid_file.write_text(str(other.pid), encoding="ascii")
    door.read_bytes()


def die(_: Path, number: int = signal.SIGKILL) -> None:
    os.kill(os.getpid(), number)


def leave(code: int) -> None:
    os._exit(code)


def sys_exit(code: int) -> Never:
    sys.exit(code)


def ask_to_stop() -> str:
    """What a terminal or systemd sends to all processes of a service."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)
    return "still here"


def niceness() -> int:
    return os.nice(0)


def raise_gone(name: str) -> Never:
    raise Gone(f"there is no file {name}")


def raise_unknown() -> Never:
    raise Unknown("host", "komga")  # pickled well, but needs two arguments to be made again


class Stubborn(Exception):  # noqa: N818 - a name that the test can look for
    def __init__(self) -> None:
        super().__init__("holds a lock")
        self.lock = threading.Lock()


def raise_unpicklable() -> Never:
    raise Stubborn


def give_lock() -> object:
    return threading.Lock()


class Brittle:
    """Goes into a pickle and never comes out."""

    def __reduce__(self) -> tuple[object, ...]:
        return (int, ("not a number",))


def give_brittle() -> Brittle:
    return Brittle()


def echo(value: bytes) -> bytes:
    return value


def print_much() -> str:
    print("noise " * 1000, flush=True)  # noqa: T201 - what is tested
    os.write(1, b"more noise")
    return "quiet"

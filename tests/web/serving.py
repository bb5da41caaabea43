"""Our server in a process of its own: `python -m tests.web.serving FOLDER PORT [key=value…]`.

Values are JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shelfhook.clock import SystemClock
from shelfhook.model import Job
from shelfhook.store import Store
from shelfhook.web import serve
from shelfhook.web.lean import Application
from tests.web import desk

ROOT = Path(__file__).parents[2]
OPTIONS = "SHELFHOOK_TEST_SERVING"


def wsgi() -> Application:
    folder, *options = os.environ[OPTIONS].split("\n")
    return desk.make(Store(desk.folder_database(Path(folder))), SystemClock(), **_web(options))


def _web(options: list[str]) -> dict[str, Any]:
    return {
        name: json.loads(value) for name, _, value in (option.partition("=") for option in options)
    }


def main(folder: str, port: str, *options: str) -> None:
    os.environ[OPTIONS] = "\n".join([folder, *options])
    web = desk.settings(listen=f"127.0.0.1:{port}", **_web(list(options))).web
    serve("tests.web.serving:wsgi", web)


class Served:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a whole request; gives status and what follows it."""
        with self.connect() as connection:
            # A server that has refused may stop reading before all is sent.
            with contextlib.suppress(ConnectionError):
                connection.sendall(request)
            return read_answer(connection)

    def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, bytes]:
        return self.ask(head(method, path, headers | {"Content-Length": str(len(body))}) + body)

    def answers(self) -> bool:
        try:
            with self.connect():
                return True
        except OSError:
            return False


def head(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: test", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_answer(connection: socket.socket) -> tuple[int, bytes]:
    """Everything until the server closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while more := connection.recv(65_536):
            data += more
    top, _, body = data.partition(b"\r\n\r\n")
    return int(top.split(b" ", 2)[1]), body


def stream(served: Served, path: str, headers: dict[str, str]) -> socket.socket:
    """A live stream that has begun; the seats of the last test may still be taken."""
    found: list[socket.socket] = []

    def seated() -> bool:
        connection = served.connect()
        connection.sendall(head("GET", path, headers))
        if b" 200 " in connection.recv(15):
            found.append(connection)
        else:
            connection.close()
        return bool(found)

    until(seated)
    return found[0]


def follow(served: Served, job: Job) -> socket.socket:
    """The stream of a job, whose snapshot has arrived."""
    connection = stream(served, f"/api/jobs/{job.id}/events", desk.API)
    read_until(connection, b"event: snapshot")
    return connection


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        more = connection.recv(65_536)
        assert more, data
        data += more
    return data


def until(what: Any, seconds: float = 10.0) -> None:
    """Look again and again until something holds."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


@contextlib.contextmanager
def server(folder: Path, **options: Any) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.web.serving", str(folder), str(port)]
    command += [f"{name}={json.dumps(value)}" for name, value in options.items()]
    with subprocess.Popen(command, cwd=ROOT) as process:
        served = Served(process, port)
        try:
            until(lambda: process.poll() is not None or served.answers())
            assert process.poll() is None
            yield served
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(15)


if __name__ == "__main__":
    main(*sys.argv[1:])

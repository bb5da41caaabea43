"""`shelfhook serve` in a process of its own, and its HTTP API as a stranger would use it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shelfhook.app.processes import PARENT_VARIABLE
from shelfhook.errors import ShelfhookError
from shelfhook.ports import Clock

LOOK = 0.05
STOP_SECONDS = 45.0
"""The service's own patience when it drains, and a little more."""


class DemoFailed(ShelfhookError):  # noqa: N818 - named by what it means, as in `errors`
    """The demo cannot go on; the message says at which step."""


class Service:
    """Starts the service and ends it; use it with `with`. All that it says goes to `log`."""

    def __init__(self, config: Path, log: Path, port: int, token: str, clock: Clock) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._config = config
        self._log = log
        self._token = token
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        # The service is beside us: a proxy from the environment must not be used.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "shelfhook", "--config", str(self._config), "serve"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask it to end (SIGTERM), and wait for that."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def wait_until_well(self, seconds: float) -> None:
        """Wait until `/health` says that store and engine are well.

        Raises:
            DemoFailed: it ended, or was not well in time.
        """
        never = threading.Event()
        until = self._clock.monotonic() + seconds
        told = "no answer"
        while self._clock.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                raise DemoFailed("the service ended right after its start")
            status, document = self._send("GET", "/health")
            if status == 200:  # a host that was not asked yet is no hindrance
                return
            told = str(document.get("status", told)) if document else told
            self._clock.wait(never, LOOK)
        raise DemoFailed(f"the service was not well within {seconds:g} s ({told})")

    def get(self, path: str) -> Any:
        """Ask the API.

        Raises:
            DemoFailed: it gives no answer, or a refusal.
        """
        return self._asked("GET", path)

    def post(self, path: str, body: object = None) -> Any:
        """Have the API do something.

        Raises:
            DemoFailed: it gives no answer, or a refusal.
        """
        return self._asked("POST", path, body)

    def damaged(self, job: str) -> int:
        """How many books an audit has found something wrong with.

        Raises:
            DemoFailed: as `get`.
        """
        items: set[str] = set()
        path: str | None = f"/api/findings?job={job}&limit=200"
        while path is not None:
            page = self.get(path)
            items |= {found["item"] for found in page["findings"]}
            path = page["next"]
        return len(items)

    def _asked(self, method: str, path: str, body: object = None) -> Any:
        status, document = self._send(method, path, body)
        if status not in (200, 202):
            raise DemoFailed(f"{method} {path} was answered with {status or 'nothing'}")
        return document

    def _send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and document; status 0 if there is no answer."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - our own address
        try:
            with self._opener.open(request, timeout=10) as response:
                return int(response.status), json.load(response)
        except urllib.error.HTTPError as refused:
            with refused:
                body = refused.read()
            return refused.code, json.loads(body) if body.startswith(b"{") else {}
        except OSError:
            return 0, {}


def _environment() -> dict[str, str]:
    """Without the user's own settings, which belong to another server than ours."""
    plain = {name: v for name, v in os.environ.items() if not name.startswith("SHELFHOOK_")}
    # If we are killed it ends too, instead of holding port and folder for ever.
    return {**plain, PARENT_VARIABLE: str(os.getpid())}


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Shelfhook's real processes over a settings file, and a small client for their API."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shelfhook.store import Store
from tests.support.waiting import wait_until

PACKAGES = Path(__file__).resolve().parents[2] / "plugin"
TOKEN = "api-token-of-the-journey"
HOOK_TOKEN = "hook-token-of-the-journey"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Past any proxy that the environment names."""

TOML = """
[web]
listen = "127.0.0.1:{port}"
token = "{token}"
[engine]
quiet_seconds = {quiet}
drain_seconds = 10
{engine}
[paths]
data = "{data}"
[hosts.komga]
kind = "komga"
url = "{url}"
api_key = "{key}"
hook_token = "{hook_token}"
events = "{events}"
{host}
[routines.nightly.triggers]
enabled = false
{more}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Service:
    """One data folder, one settings file, and the processes started over them.

    Only processes that were started here are ever ended, by their id.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        key: str,
        *,
        quiet: float = 0.1,
        engine: str = "",
        host: str = "",
        events: str = "off",
        more: str = "",
        token: str = TOKEN,
        hook_token: str = HOOK_TOKEN,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.root = f"http://127.0.0.1:{self.port}"
        self.token, self.hook_token = token, hook_token
        self.config = folder / "shelfhook.toml"
        self.log = folder / "service.log"
        self.config.write_text(
            TOML.format(
                port=self.port,
                token=token,
                quiet=quiet,
                engine=engine,
                data=folder / "data",
                url=url,
                key=key,
                hook_token=hook_token,
                events=events,
                host=host,
                more=more,
            ),
            encoding="utf-8",
        )
        self._processes: list[subprocess.Popen[bytes]] = []

    # -- processes --

    def start(self, what: str) -> subprocess.Popen[bytes]:
        """Start `engine`, `web` or `serve`."""
        entry = ["shelfhook", "serve"] if what == "serve" else ["shelfhook.app", what]
        environment = {
            **os.environ,
            "SHELFHOOK_CONFIG": str(self.config),
            "PYTHONPATH": str(PACKAGES),
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *entry],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL, and wait until it is gone."""
        process.kill()
        process.wait(20)

    def child_of(self, serve: subprocess.Popen[bytes], name: str) -> int:
        """Process id of the `engine` or `web` that `serve` supervises; waits until it is there."""

        def find() -> int:
            for child in _children(serve.pid):
                if _command(child)[-2:] == ["shelfhook.app", name]:
                    return child
            return 0

        return wait_until(find, what=f"serve has no {name} process")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            try:
                process.wait(25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    # -- what is there --

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder}/data/shelfhook.db"

    def store(self) -> Store:
        return Store(self.database)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    # -- HTTP --

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15,
    ) -> tuple[int, Any]:
        """Status and JSON; errors are answers too."""
        status, raw = self.raw(method, path, body, token=token, headers=headers, timeout=timeout)
        return status, json.loads(raw) if raw.startswith((b"{", b"[")) else raw.decode()

    def raw(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15,
    ) -> tuple[int, bytes]:
        given = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        data = given.encode() if isinstance(given, str) else given
        bearer = self.token if token is None else token
        request = urllib.request.Request(
            self.root + path,
            data,
            {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {bearer}",
                **(headers or {}),
            },
            method=method,
        )
        try:
            with DIRECT.open(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read()

    def scanned(self, library: str, delivery: str) -> int:
        """Deliver a scan's event; gives the status."""
        body = {"event": "library.scanned", "library": {"id": library}}
        headers = {"webhook-id": delivery}
        return self.call("POST", "/hooks/komga", body, token=self.hook_token, headers=headers)[0]

    def health(self) -> tuple[int, Any]:
        """Status and document; (0, {}) while nobody listens."""
        try:
            return self.call("GET", "/health", timeout=5)
        except OSError:
            return 0, {}

    def ready(self, status: str = "ok", limit: float = 25) -> Any:
        """Wait until /health says so."""
        try:
            return wait_until(
                lambda: self.health()[1] if self.health()[1].get("status") == status else None,
                limit,
            )
        except TimeoutError:
            raise TimeoutError(f"/health: {self.health()}; log: {self.said()[-2000:]}") from None

    def ended(self, job_id: str, limit: float = 40) -> Any:
        """Wait until a job has a final state; gives it."""

        def look() -> Any:
            _, job = self.call("GET", f"/api/jobs/{job_id}")
            return job if job["state"] in ("completed", "failed", "cancelled") else None

        return wait_until(look, limit)


def kill(pid: int) -> None:
    """SIGKILL a process that was started here."""
    os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _command(pid: int) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return raw.decode().rstrip("\0").split("\0")

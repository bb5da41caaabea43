"""A sandbox in a process of its own, for tests that kill and for the demo."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from shelfhook.sandbox.client import SandboxClient

_PACKAGES = Path(__file__).resolve().parents[2]


class SandboxProcess(SandboxClient):
    """Starts `python -m shelfhook.sandbox` and waits for its ready line; use it with `with`.

    `arguments` are those of the command line, without `--port`. Secrets may come in
    `environment` instead (`SANDBOX_API_KEY` and so on).
    """

    def __init__(
        self,
        *arguments: str | Path,
        port: int = 0,
        environment: dict[str, str] | None = None,
        start_limit_s: float = 15,
    ) -> None:
        super().__init__("")
        self._command = _command(arguments, port)
        self._environment = {**os.environ, "PYTHONPATH": str(_PACKAGES), **(environment or {})}
        self._limit = start_limit_s
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; returns when it serves."""
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=self._environment,
        )
        assert self._process.stdout is not None
        try:
            ready = json.loads(_first_line(self._process.stdout, self._limit))
        except (TimeoutError, ValueError) as reason:
            self.kill()
            raise RuntimeError(f"the sandbox did not become ready: {reason}") from reason
        super().__init__(ready["root"], ready["base_path"])
        self.admin_key = ready["admin_key"]
        self.reader_key = ready["reader_key"]

    @property
    def pid(self) -> int:
        """The process' id."""
        assert self._process is not None
        return self._process.pid

    def stop(self, timeout: float = 15) -> None:
        """Ask the process to end (SIGTERM) and wait for it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def kill(self) -> None:
        """End the process at once (SIGKILL)."""
        if self._process is None:
            return
        self._process.kill()
        self._reap()

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _command(arguments: Sequence[str | Path], port: int) -> list[str]:
    given = [str(argument) for argument in arguments]
    return [sys.executable, "-m", "shelfhook.sandbox", "--port", str(port), *given]


def _first_line(stream: IO[bytes], limit: float) -> bytes:
    """Read up to the first line's end; TimeoutError when it does not come in time."""
    deadline = time.monotonic() + limit
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(f"nothing was heard for {limit} s")
        piece = os.read(stream.fileno(), 65536)
        if not piece:
            raise ValueError("the process ended before it was ready")
        line += piece
    return line

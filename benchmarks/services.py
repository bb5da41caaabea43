"""Starts real processes of Shelfhook for a measurement, and ends them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import TOKEN

TOML = """
[web]
listen = "127.0.0.1:{port}"
token = "benchmark-api-token"
[engine]
quiet_seconds = 0.1
log_level = "WARNING"
[paths]
data = "{folder}"
[hosts.bench]
kind = "komga"
url = "{url}"
api_key = "{key}"
hook_token = "{token}"
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def write_settings(
    folder: Path, port: int, url: str = "http://127.0.0.1:9", key: str = "k"
) -> Path:
    file = folder / "shelfhook.toml"
    file.write_text(TOML.format(port=port, folder=folder / "data", url=url, key=key, token=TOKEN))
    return file


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server process; waits until it listens."""
    process = subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **environment})
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{command[0]} did not start") from None
                time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(30)

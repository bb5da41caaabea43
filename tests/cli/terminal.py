"""How the tests call the command line: in this process, or as a real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from shelfhook.app import parts
from shelfhook.app.engine import Engine
from shelfhook.cli.entry import app
from shelfhook.clock import SystemClock
from shelfhook.store import Store

LIMIT = 60


@dataclass(frozen=True)
class Terminal:
    """The command line with a settings file."""

    config: Path

    @classmethod
    def at(cls, folder: Path, url: str, key: str, more: str = "") -> Terminal:
        config = folder / "shelfhook.toml"
        config.write_text(
            f"""
[web]
token = "a-token"
[engine]
quiet_seconds = 0
item_attempts = 1
[hosts.komga]
kind = "komga"
url = "{url}"
api_key = "{key}"
retries = 0
{more}
""",
            encoding="utf-8",
        )
        return cls(config)

    def call(self, *arguments: str, stdin: str = "") -> Result:
        """Run a command in this process."""
        given = ["--config", str(self.config), *arguments]
        return CliRunner().invoke(app, given, input=stdin, catch_exceptions=False)

    def document(self, *arguments: str) -> Any:
        """Run a command with `--json`; what it printed must be one document and nothing else."""
        return json.loads(self.call(*arguments, "--json").stdout)

    @contextmanager
    def process(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command as a process of its own; it is ended if the test leaves it behind."""
        with process("--config", str(self.config), *arguments) as started:
            yield started

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store that the command line uses."""
        made = parts.read(self.config, {})
        with Store(made.settings.paths.database_url) as store:
            yield store

    @contextmanager
    def service(self, *, started: bool = True) -> Iterator[Engine]:
        """An engine that holds the lease, as a running service would."""
        with self.store() as store:
            engine = Engine(parts.read(self.config, {}), store, SystemClock())
            assert engine.acquire()
            if started:
                engine.start()
            try:
                yield engine
            finally:
                engine.stop()


@contextmanager
def process(*arguments: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    """`shelfhook …` as a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "shelfhook", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    ) as started:
        try:
            yield started
        finally:
            if started.poll() is None:  # the test has failed: let it clean up behind itself
                started.terminate()
                try:
                    started.communicate(timeout=LIMIT)
                except subprocess.TimeoutExpired:
                    started.kill()

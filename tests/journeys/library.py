"""A library of real files at a sandbox in a process of its own, and Shelfhook's command line."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from shelfhook.sandbox.process import SandboxProcess
from tests.support.service import PACKAGES

SETTINGS = """
[web]
token = "api-token-of-the-journey"
[engine]
quiet_seconds = 0
[paths]
data = "{data}"
[hosts.komga]
kind = "komga"
url = "{url}"
api_key = "{key}"
[hosts.komga.paths]
"{root}" = "{root}"
{routines}
"""

Json = dict[str, Any]


class Books:
    """The files, the host and the settings."""

    def __init__(self, folder: Path, sandbox: SandboxProcess, root: Path, routines: str) -> None:
        self.folder = folder
        self.root = root
        self.sandbox = sandbox
        self.config = folder / "shelfhook.toml"
        self.data = folder / "data"
        self.config.write_text(
            SETTINGS.format(
                data=self.data,
                url=sandbox.url,
                key=sandbox.admin_key,
                root=root,
                routines=routines,
            ),
            encoding="utf-8",
        )

    def files(self) -> dict[str, tuple[str, int, int]]:
        """Every file by its path: digest, rights, time of change in nanoseconds."""
        return {
            str(path.relative_to(self.root)): (
                hashlib.sha256(path.read_bytes()).hexdigest(),
                path.stat().st_mode,
                path.stat().st_mtime_ns,
            )
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    def state(self) -> tuple[str, dict[str, tuple[str, int, int]]]:
        """All that anybody could see of the library: at the host, and on the disk."""
        self.sandbox.wait_idle()
        return self.sandbox.state(), self.files()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "shelfhook", "--config", str(self.config), *arguments]
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PACKAGES)},
        )

    def shelfhook(self, *arguments: str) -> tuple[str, int]:
        """Run a command to its end; what it printed, and its exit code."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode in (0, 1), err
        return out, process.returncode

    def document(self, *arguments: str) -> Json:
        """Run a command that prints JSON."""
        out, _ = self.shelfhook(*arguments, "--json")
        document: Json = json.loads(out)
        return document

    def calls(self) -> int:
        """How many requests the host has had since the journal was cleared."""
        return len(self.sandbox.journal())

"""What the demo needs around it: a folder of comics, a media server, a settings file."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shelfhook.cli.demo.service import DemoFailed, free_port
from shelfhook.errors import ConfigurationError
from shelfhook.sandbox.client import SandboxError
from shelfhook.sandbox.process import SandboxProcess

HOST = "komga"
AUDIT = "nightly-audit"
"""The routine that finds the broken files."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything lies, and the demo's secrets."""

    folder: Path
    port: int = field(default_factory=free_port)
    token: str = field(default_factory=secrets.token_hex, repr=False)
    hook_token: str = field(default_factory=secrets.token_hex, repr=False)
    api_key: str = field(default_factory=secrets.token_hex, repr=False)

    @property
    def comics(self) -> Path:
        """The media server's library."""
        return self.folder / "Comics"

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "shelfhook.toml"

    @property
    def log(self) -> Path:
        """What the service says."""
        return self.folder / "shelfhook.log"

    def make_comics(self, books: int) -> int:
        """Make real CBZ files; gives the number of those that are broken on purpose.

        Raises:
            ConfigurationError: Pillow is not installed.
        """
        try:
            from shelfhook.sandbox.folder import make
        except ModuleNotFoundError as missing:
            raise ConfigurationError(
                [f"the demo needs {missing.name}: pip install pillow"]
            ) from None
        return sum(1 for book in make(self.comics, books=books) if book.broken)

    def write_settings(self, url: str) -> None:
        """Write the settings file, readable for us alone."""
        self.config.touch(0o600)
        self.config.write_text(
            f"""\
[web]
listen = "127.0.0.1:{self.port}"
token = "{self.token}"

[engine]
# Ten seconds suit a real server, which may scan one library after the other.
quiet_seconds = 0.3

[hosts.{HOST}]
kind = "komga"
url = "{url}"
api_key = "{self.api_key}"
hook_token = "{self.hook_token}"
# What is shown is a webhook: the server's own stream would tell of the same scans.
events = "off"

# Where this machine has the server's files: the audit opens them.
[hosts.{HOST}.paths]
"{self.comics}" = "{self.comics}"

[routines.{AUDIT}]
actions = [{{ name = "audit" }}]
only_changed = true
triggers = {{ cron = "30 3 * * *" }}
""",
            encoding="utf-8",
        )

    def where_to_look(self, url: str, job: str, library: str) -> dict[str, str]:
        """What one can try while everything is up: commands and paths by what they are for."""
        api = f"curl -s -H 'Authorization: Bearer {self.token}'"
        hook = f"curl -s -H 'Authorization: Bearer {self.hook_token}'"
        event = f'{{"event": "library.scanned", "library": {{"id": "{library}"}}}}'
        return {
            "another sign-in link": f"{sys.executable} -m shelfhook --config {self.config}"
            " sign-in-link",
            "is it well?": f"curl -s {url}/health",
            "the jobs": f"{api} {url}/api/jobs",
            "what the first one changed": f"{api} '{url}/api/jobs/{job}/items?outcome=changed'",
            "run it by hand": f"{api} -X POST {url}/api/jobs/process-all",
            "send a webhook": f"{hook} -H 'Content-Type: application/json' -d '{event}'"
            f" {url}/hooks/{HOST}",
            "the settings": str(self.config),
            "what the service says": f"tail -f {self.log}",
            "the comics": str(self.comics),
        }

    @contextmanager
    def server(self) -> Iterator[SandboxProcess]:
        """The media server, which tells our service of each finished scan."""
        server = SandboxProcess(
            "--folder",
            self.comics,
            "--webhook",
            f"http://127.0.0.1:{self.port}/hooks/{HOST}",
            environment={
                "SANDBOX_API_KEY": self.api_key,
                "SANDBOX_WEBHOOK_TOKEN": self.hook_token,
            },
        )
        try:
            with server:
                yield server
        except (RuntimeError, OSError, SandboxError) as error:
            raise DemoFailed(f"the media server: {error}") from error

"""A reader who types what a page says: a folder of his own, a media server, Shelfhook."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import urllib.error
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from shelfhook.app import parts
from shelfhook.cli.entry import app
from shelfhook.errors import ConfigurationError
from shelfhook.model import Job, Trigger
from shelfhook.store import Store
from tests.docs.pages import Block, Command
from tests.support.service import DIRECT, PACKAGES, free_port
from tests.support.waiting import wait_until

LIMIT = 60
TOKEN, HOOK_TOKEN = "the-word-for-the-api", "the-word-for-senders"
JOB = re.compile(r"(?<![$\w])(?:[0-9a-f]{8}|JOB)\b")
"""A job's id in a page. Which job is meant, `MEANT` says."""
MAPPED = re.compile(r'^"/books" = ".*"$', re.MULTILINE)
HOST = """
[hosts.komga]
kind = "komga"
url = "{url}"
api_key = "{key}"
"""
MEANT: dict[str, Callable[[Job], bool]] = {
    "apply": lambda job: job.dry_run and job.trigger is not Trigger.UNDO,
    "undo": lambda job: job.counts.changed > 0,
    "": lambda job: True,
}
"""The job that a command is about, by the command: the latest one that has ended and is such."""


@dataclass
class Reader:
    """Types a page's commands in `folder`. Whatever he has started ends with the `with` block."""

    folder: Path
    url: str
    key: str
    comics: Path
    port: int = field(default_factory=free_port)
    _serves: bool = False
    _ends: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        (self.folder / "key").write_text(self.key, encoding="utf-8")
        (self.folder / "backups").mkdir()
        (self.folder / ".curlrc").write_text("fail\nsilent\nshow-error\nnoproxy = *\n")
        (self.folder / "bin").mkdir()
        program = self.folder / "bin" / "shelfhook"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m shelfhook "$@"\n')
        program.chmod(0o755)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    @property
    def config(self) -> Path:
        return self.folder / "shelfhook.toml"

    @property
    def env(self) -> dict[str, str]:
        """What is around a command; the secrets are those that a page writes as `$TOKEN`."""
        return {
            "HOME": str(self.folder),
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(PACKAGES),
            "COLUMNS": "200",
            "TOKEN": TOKEN,
            "HOOK_TOKEN": HOOK_TOKEN,
            "SHELFHOOK_WEB__LISTEN": f"127.0.0.1:{self.port}",
            "SHELFHOOK_WEB__TOKEN": TOKEN,
            "SHELFHOOK_HOSTS__KOMGA__HOOK_TOKEN": HOOK_TOKEN,
            "SHELFHOOK_ENGINE__QUIET_SECONDS": "0",
            # Else what the server tells by itself starts jobs that the page does not speak of.
            "SHELFHOOK_HOSTS__KOMGA__EVENTS": "off",
        }

    # -- settings --

    def begin(self) -> None:
        """Have settings already, and a database, as most pages take for granted."""
        self.config.write_text(HOST.format(url=self.url, key=self.key), encoding="utf-8")
        self._here("before the page", ["jobs"])

    def paste(self, block: Block) -> bool:
        """Add a block to the settings, if they are still some then; says whether they are."""
        before = self.config.read_text(encoding="utf-8")
        self.config.write_text(f"{before}\n{self.here(block.text)}", encoding="utf-8")
        try:
            parts.read(self.config, {})
        except ConfigurationError:
            self.config.write_text(before, encoding="utf-8")
            return False
        return True

    def here(self, text: str) -> str:
        """What a page says, with the places of this machine."""
        text = MAPPED.sub(f'"{self.comics}" = "{self.comics}"', text)
        for theirs, ours in {
            "http://komga.local:25600": self.url,
            "127.0.0.1:8790": f"127.0.0.1:{self.port}",
            "/mnt/books-kept": str(self.folder / "kept"),
            "/backups/": f"{self.folder}/backups/",
        }.items():
            text = text.replace(theirs, ours)
        return text

    # -- commands --

    def type(self, command: Command) -> None:
        """Do as the page says; fails if the command does."""
        text = self.here(command.text)
        if text.startswith("curl ") and "127.0.0.1" in text:
            self.serve()
        if JOB.search(text):
            text = JOB.sub(self.job(text, full=text.startswith("curl ")), text)
        if shlex.split(text, comments=True) == ["shelfhook", "serve", "&"]:
            self.serve()
        elif needs_a_shell(text):
            self._shell(command.where, text)
        else:
            said = self._here(command.where, shlex.split(text, comments=True)[1:])
            missing = [line for line in command.answer if not _alike(line, said)]
            assert missing == [], f"{command.where}: {text}\n{said}"

    def _here(self, where: str, words: list[str]) -> str:
        """Run a command of Shelfhook in this process, which is quicker."""
        if words[0] == "init":
            words += ["--api-key-file", str(self.folder / "key")]  # a person types it
            words += [] if "--url" in words else ["--url", self.url]
        done = CliRunner().invoke(app, words, env=self.env, catch_exceptions=False)
        assert done.exit_code == 0, f"{where}: shelfhook {' '.join(words)}\n{done.output}"
        return done.output

    def _shell(self, where: str, text: str) -> None:
        assert "&" not in shlex.split(text, comments=True), f"{where}: nobody would end {text}"
        full = self.job(text, full=True) if "$JOB" in text else ""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env={**os.environ, **self.env, "JOB": full},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{where}: {text}\n{done.stdout}{done.stderr}"

    def serve(self) -> None:
        """Start the service, unless it runs, and wait until it is ready."""
        if self._serves:
            return
        self._serves = True
        log = self._ends.enter_context((self.folder / "service.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", "shelfhook", "serve"],
            cwd=self.folder,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        self._ends.callback(_end, process)
        wait_until(self._ready, LIMIT, what=f"the service is not ready; see {log.name}")

    def _ready(self) -> bool:
        try:
            with DIRECT.open(f"http://127.0.0.1:{self.port}/health/ready", timeout=5):
                return True
        except (OSError, urllib.error.HTTPError):
            return False

    def job(self, text: str, *, full: bool = False) -> str:
        """The id of the job that a command is about; waits until there is one.

        A page may begin with a job that was there before: then one is made. With the service, the
        page itself has caused one.
        """
        verb = next((verb for verb in MEANT if verb and re.search(rf"\b{verb}\b", text)), "")
        with Store(parts.read(self.config, self.env).settings.paths.database_url) as store:
            if not (self._serves or store.jobs.page(limit=1)):
                self._here("before the page", ["run", "process-all"])

            def latest() -> Job | None:
                ended = (job for job in store.jobs.page() if job.state.final)
                return next(filter(MEANT[verb], ended), None)

            found = wait_until(latest, LIMIT, what=f"no job for: {text}")
        assert found
        return found.id if full else found.short


def needs_a_shell(text: str) -> bool:
    """Whether a command is more than one of Shelfhook's, with its words as they stand there."""
    words = [*shlex.shlex(text, posix=True, punctuation_chars=True)]
    return words[0] != "shelfhook" or any(set(word) & set("|&;<>$`") for word in words)


def _alike(line: str, said: str) -> bool:
    """Whether a line of the page and one that was said begin with the same two words."""
    first = line.split()[:2]
    return any(other.split()[:2] == first for other in said.splitlines())


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(25)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)

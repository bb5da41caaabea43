"""`shelfhook init`: ask for a media server, try it, write a settings file that only we can read."""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from shelfhook.app import parts
from shelfhook.app.parts import Parts
from shelfhook.cli import terminal
from shelfhook.cli.check import check_host
from shelfhook.cli.failures import FAILED, WRONG_USE
from shelfhook.cli.place import Place
from shelfhook.clock import SystemClock
from shelfhook.errors import ConfigurationError
from shelfhook.hosts import registry
from shelfhook.settings import CONFIG_VARIABLE, DEFAULT_FILE

EXAMPLE_URL = "http://komga.local:25600"


@dataclass(frozen=True, slots=True)
class Answers:
    """What the options say; what they leave out is asked for, if there is somebody to ask."""

    kind: str | None = None
    url: str | None = None
    api_key: str | None = None
    api_key_file: Path | None = None
    name: str = ""
    listen: str = "127.0.0.1:8790"
    force: bool = False
    test: bool = True


@dataclass(frozen=True, slots=True)
class Server:
    """What was found out about a media server."""

    kind: str
    name: str
    url: str
    api_key: str


def init(place: Place, answers: Answers) -> int:
    """Ask, try, write; gives the exit code."""
    target = _target(place)
    if target.exists() and not answers.force and not _may_overwrite(target):
        return WRONG_USE
    server = _ask(answers)
    text = settings_text(server, answers.listen)
    with _draft(target, text) as draft:
        made = parts.read(draft, {})  # says what is wrong with an answer, and the remedy
        if answers.test and not _connects(made) and not _yes("Write the file all the same?"):
            return FAILED
        draft.replace(target)
    console = terminal.results()
    console.print(f"Written: {target} (only you can read it)", soft_wrap=True)
    console.print("Next: [bold]shelfhook check[/], then [bold]shelfhook serve[/]")
    console.print(
        f"Let the server send its webhooks to http://{answers.listen}/hooks/{server.name},"
        " with the hook_token from the file as bearer token.",
        soft_wrap=True,
    )
    return 0


def settings_text(server: Server, listen: str) -> str:
    """A small settings file with fresh tokens."""
    return f"""\
# Shelfhook's settings; every key is explained in docs/configuration.md.

[web]
listen = {_quoted(listen)}
# Who shows this may use the API: Authorization: Bearer …
token = {_quoted(secrets.token_urlsafe(32))}

[hosts.{server.name}]
kind = {_quoted(server.kind)}
url = {_quoted(server.url)}
api_key = {_quoted(server.api_key)}
# Who shows this may send webhooks to /hooks/{server.name}, and nothing else.
hook_token = {_quoted(secrets.token_urlsafe(32))}
"""


def _target(place: Place) -> Path:
    named = place.env.get(CONFIG_VARIABLE, "")
    return place.config or (Path(named) if named else DEFAULT_FILE)


def _may_overwrite(target: Path) -> bool:
    if _yes(f"{target} exists. Overwrite it?"):
        return True
    terminal.complain(f"{target} is left as it is; --force overwrites it")
    return False


def _ask(answers: Answers) -> Server:
    kind = answers.kind or _kind()
    url = answers.url or _asked("Its URL", "--url", default=EXAMPLE_URL)
    key = _key(answers) or _asked("Its API key", "--api-key or --api-key-file", hidden=True)
    return Server(kind, answers.name or kind, url, key)


def _kind() -> str:
    """Ask for the kind; where nobody can be asked and there is only one, it is that."""
    kinds = list(registry.discover()[0])
    if len(kinds) == 1 and not _interactive():
        return kinds[0]
    return _asked(f"Kind of server ({', '.join(kinds)})", "--kind", default=kinds[0])


def _key(answers: Answers) -> str:
    if answers.api_key_file is None:
        return answers.api_key or ""
    if str(answers.api_key_file) == "-":
        return sys.stdin.read().strip()
    try:
        return answers.api_key_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            [f"--api-key-file: {answers.api_key_file} cannot be read; check path and rights"]
        ) from None


def _asked(question: str, option: str, *, default: str = "", hidden: bool = False) -> str:
    if not _interactive():
        raise ConfigurationError([f"{option}: missing; nobody is there to be asked"])
    # The key is not shown while it is typed.
    return str(typer.prompt(question, default=default or None, hide_input=hidden, err=True))


def _yes(question: str) -> bool:
    """Ask; where nobody can be asked, the answer is no."""
    return _interactive() and typer.confirm(question, default=False, err=True)


def _interactive() -> bool:
    return sys.stdin.isatty()


def _connects(made: Parts) -> bool:
    lines = []
    for name, host in made.connect(SystemClock()).items():
        try:
            lines.append(check_host(name, host))
        finally:
            host.close()
    for line in lines:
        if line.ok:
            terminal.results().print(f"Connected: {line.message}", markup=False, soft_wrap=True)
        else:
            terminal.complain(f"{line.what}: {line.message}")
    if not all(line.ok for line in lines):
        terminal.complain("nothing is written yet; --no-test writes the file without a test")
    return all(line.ok for line in lines)


@contextmanager
def _draft(target: Path, text: str) -> Iterator[Path]:
    """The file under another name beside its place; nobody else may read it, not for a moment."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(".toml", ".shelfhook-", target.parent)  # makes it 0600
    except OSError as error:
        raise ConfigurationError(
            [f"{target}: cannot be written ({error.strerror}); check path and rights"]
        ) from None
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _quoted(text: str) -> str:
    """A TOML string; JSON's form of one is one of TOML's, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""The settings file that `shelfhook init` writes: small, explained, for nobody else to read."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shelfhook.cli.init_server import Server
from shelfhook.errors import ConfigurationError


def settings_text(server: Server, listen: str, paths: Mapping[str, str] | None = None) -> str:
    """A small settings file with a fresh token for webhooks."""
    return f"""\
# Shelfhook's settings; every key is explained in docs/configuration.md.

[web]
listen = {_quoted(listen)}
# The first start shows a token to sign in with. It makes none if you set one here:
# token = "…"

[hosts.{server.name}]
kind = {_quoted(server.kind)}
url = {_quoted(server.url)}
{_login(server)}{_verify(server)}\
# Who shows this may send webhooks to /hooks/{server.name}, and nothing else (docs/senders.md).
hook_token = {_quoted(secrets.token_urlsafe(32))}

{_paths(server.name, paths or {})}"""


@contextmanager
def draft(target: Path, text: str) -> Iterator[Path]:
    """The file under another name beside its place; nobody else may read it, not for a moment.

    Raises:
        ConfigurationError: there is no place for it.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(".toml", ".shelfhook-", target.parent)  # makes it 0600
    except OSError as error:
        raise ConfigurationError(
            [f"{target}: cannot be written ({error.strerror}); check path and rights"]
        ) from None
    made = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        yield made
    finally:
        made.unlink(missing_ok=True)


def _login(server: Server) -> str:
    if server.username:
        return f"username = {_quoted(server.username)}\npassword = {_quoted(server.password)}\n"
    return f"api_key = {_quoted(server.api_key)}\n"


def _verify(server: Server) -> str:
    if server.verify is True:
        return ""
    if server.verify is False:
        comment, value = "The TLS certificate is not checked: who is on the way may read.", "false"
    else:
        comment = "The authority behind the server's TLS certificate."
        value = _quoted(str(server.verify))
    return f"# {comment}\nverify = {value}\n"


def _paths(name: str, paths: Mapping[str, str]) -> str:
    if not paths:
        return f"""\
# Where the server's folders lie on this machine; needed by actions that write files.
# [hosts.{name}.paths]
# "/books" = "/mnt/books"
"""
    lines = "".join(f"{_quoted(theirs)} = {_quoted(ours)}\n" for theirs, ours in paths.items())
    return f"# Where the server's folders lie on this machine.\n[hosts.{name}.paths]\n{lines}"


def _quoted(text: str) -> str:
    """A TOML string; JSON's form of one is one of TOML's, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

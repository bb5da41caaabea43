"""`shelfhook calibre-plugin`: the Shelfhook hook for calibre as a zip that calibre installs."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from shelfhook.cli import terminal
from shelfhook.errors import ConfigurationError

DEFAULT_OUTPUT = Path("shelfhook-hook.zip")
PACKAGE = "calibre_hook"
"""Its code runs inside calibre; here it is only files, never imported."""
DEFAULTS = "defaults.json"
SUFFIXES = (".py", ".txt")
AT = (2020, 1, 1, 0, 0, 0)
"""What the zip says of every file's age, so that the same input makes the same zip."""


@dataclass(frozen=True, slots=True)
class Baked:
    """What the plugin shall know without being told; "" and None are left out."""

    url: str = ""
    host: str = ""
    token_file: Path | None = None
    secret_file: Path | None = None

    def defaults(self) -> dict[str, str]:
        """The content of the zip's `defaults.json`.

        Raises:
            ConfigurationError: the URL is none, or a file cannot be read.
        """
        if self.url and not _is_url(self.url):
            raise ConfigurationError(
                ["--url: not an http or https URL; write it like http://shelfhook.local:8790"]
            )
        found = {
            "url": self.url,
            "host": self.host,
            "token": _secret("--token-file", self.token_file),
            "secret": _secret("--secret-file", self.secret_file),
        }
        return {key: value for key, value in found.items() if value}


def command(
    output: Annotated[Path, typer.Option(help="Where to write the zip.")] = DEFAULT_OUTPUT,
    url: Annotated[
        str, typer.Option(help="Put Shelfhook's URL into it, as calibre reaches it.")
    ] = "",
    host: Annotated[
        str, typer.Option(help="…and what Shelfhook's settings call this calibre.")
    ] = "",
    token_file: Annotated[
        Path | None, typer.Option(help="…and the hook_token that this file holds.")
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option(help="…or the hook_secret that this file holds.")
    ] = None,
) -> None:
    """Write the plugin for calibre that tells Shelfhook of new books."""
    raise typer.Exit(build(output, Baked(url, host, token_file, secret_file)))


def build(output: Path, baked: Baked) -> int:
    """Write the zip and say what to do with it; gives the exit code."""
    defaults = baked.defaults()
    _write(output, zipped(sources(), defaults))
    console = terminal.results()
    console.print(f"Written: {output}", markup=False, soft_wrap=True)
    console.print(f"Next: calibre-customize -a {output}", markup=False, soft_wrap=True)
    console.print("Then restart calibre and its server: they read plugins when they start.")
    if "url" not in defaults:
        console.print(
            "Where Shelfhook is: SHELFHOOK_URL and SHELFHOOK_TOKEN_FILE in the server's"
            " environment, or Preferences, Plugins, Customise in calibre's window.",
            soft_wrap=True,
        )
    if defaults.keys() & {"token", "secret"}:
        terminal.complain(f"{output} holds a secret in clear: whoever reads it may send webhooks")
    return 0


def sources() -> dict[str, bytes]:
    """The plugin's files by their names in the zip.

    Raises:
        ConfigurationError: this installation of Shelfhook came without them.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        return dict(_files(Path(folder)))
    raise ConfigurationError([f"this installation has no {PACKAGE}; install Shelfhook again"])


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.suffix in SUFFIXES:
            yield path.name, path.read_bytes()


def zipped(files: Mapping[str, bytes], defaults: Mapping[str, str]) -> bytes:
    """The plugin as calibre wants it: everything at the top of the zip."""
    buffer = io.BytesIO()
    baked = {DEFAULTS: json.dumps(defaults, indent=2).encode()} if defaults else {}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, **baked}.items():
            archive.writestr(zipfile.ZipInfo(name, AT), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        return False


def _secret(option: str, file: Path | None) -> str:
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            [f"{option}: {file} cannot be read; check path and rights"]
        ) from None
    if not text:
        raise ConfigurationError([f"{option}: {file} is empty"])
    return text


def _write(output: Path, content: bytes) -> None:
    """Whole or not at all; like what may hold a secret, for our eyes only."""
    try:
        descriptor, name = tempfile.mkstemp(".zip", ".shelfhook-", output.parent)
    except OSError as error:
        raise _unwritable(output, error) from None
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(output)
    except OSError as error:
        raise _unwritable(output, error) from None
    finally:
        draft.unlink(missing_ok=True)


def _unwritable(output: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        [f"--output: {output} cannot be written ({error.strerror}); check path and rights"]
    )

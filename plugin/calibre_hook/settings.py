# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Shelfhook is and how we show who we are: from the environment, calibre, or the zip."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

VARIABLES = {
    "url": "SHELFHOOK_URL",
    "host": "SHELFHOOK_HOST",
    "token": "SHELFHOOK_TOKEN",
    "token_file": "SHELFHOOK_TOKEN_FILE",
    "secret": "SHELFHOOK_SECRET",
    "secret_file": "SHELFHOOK_SECRET_FILE",
    "ca_file": "SHELFHOOK_CA_FILE",
}
"""Each setting's variable in the environment."""
DEFAULT_HOST = "calibre"
PREFIX = "whsec_"


class HookError(Exception):
    """Something that the log or the dialog tells in a sentence."""


class WrongSettings(HookError):  # noqa: N818 - named by its consequence, as Shelfhook's own are
    """A setting cannot be used; the message names it."""


@dataclass(frozen=True)
class Settings:
    """How to deliver.

    Attributes:
        url: Shelfhook's own, or the webhook's whole; "" if none is set.
        host: what Shelfhook's settings call this calibre.
        token: what an unsigned delivery shows.
        secret: what deliveries are signed with; where it is set the token is not sent.
        ca_file: a CA to trust besides the system's.
    """

    url: str = ""
    host: str = DEFAULT_HOST
    token: str = ""
    secret: str = ""
    ca_file: str = ""

    @property
    def key(self) -> bytes:
        """What the secret (`whsec_` and base64) stands for.

        Raises:
            ValueError: it is not base64.
        """
        return base64.b64decode(self.secret.removeprefix(PREFIX), validate=True)

    @property
    def endpoint(self) -> str:
        """The webhook's URL."""
        base = self.url.rstrip("/")
        return base if "/hooks/" in base else f"{base}/hooks/{quote(self.host, safe='')}"

    def __repr__(self) -> str:
        return f"Settings({self.endpoint})"  # no secrets


def resolve(*sources: Mapping[str, str]) -> Settings:
    """The settings of several sources; of two that have the same key the earlier one counts.

    Raises:
        WrongSettings: a URL, a token or a secret is none, or its file cannot be read.
    """
    found: dict[str, str] = {}
    for source in sources:
        for key, value in _told(source).items():
            found.setdefault(key, value)
    _check_url(found.get("url", ""))
    return _checked(Settings(**found))


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What the environment says."""
    return {key: environment.get(name, "") for key, name in VARIABLES.items()}


def _told(source: Mapping[str, str]) -> dict[str, str]:
    """One source's values without the empty ones; a secret's file counts as the secret."""
    given = {key: str(source.get(key) or "").strip() for key in VARIABLES}
    for key in ("token", "secret"):
        file = given.pop(f"{key}_file")
        if file and not given[key]:
            given[key] = _read(file)
    return {key: value for key, value in given.items() if value}


def _read(file: str) -> str:
    try:
        text = Path(file).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise WrongSettings(f"{file} cannot be read ({error})") from error
    if not text:
        raise WrongSettings(f"{file} is empty")
    return text


def _checked(settings: Settings) -> Settings:
    if not (settings.token.isascii() and settings.token.isprintable()):
        raise WrongSettings("the token holds characters that no token has")
    try:
        settings.key  # noqa: B018 - only whether there is one
    except ValueError:
        raise WrongSettings(f"the secret is none; give {PREFIX} and base64") from None
    return settings


def _check_url(url: str) -> None:
    # No message repeats the URL: somebody may have put a password into it. One with a password is
    # refused, since it would stand in every later message, and nobody would read it out of there.
    try:
        parts = urlsplit(url)
        if "@" in parts.netloc:
            raise WrongSettings("the URL holds a login; leave it out, and set the token")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        usable = False
    if url and not usable:
        raise WrongSettings("the URL is none; write it like http://shelfhook.local:8790")

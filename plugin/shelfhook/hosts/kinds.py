"""How to tell each kind of media server without an account, and what to tell its owner.

One entry per kind. The signs are what each server answers to anybody: Komga and Kavita by their
OpenAPI documents and sources, Calibre as measured on 6.13, LANraragi by its API's page and ComicLib
0.0.8.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

from shelfhook.hosts.calls import Answer

Ask: TypeAlias = Callable[[str], Answer]
"""What a path below the base URL answers to a GET without credentials."""
SHORT: Final = 10_000
"""Characters that a sign has at most; a longer answer is somebody's web page."""


class Login(StrEnum):
    """What a server knows us by."""

    KEY = "an API key"
    PASSWORD = "a user name and a password"  # noqa: S105 - a phrase for people


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of media server.

    Attributes:
        names: what its adapter may be called in the settings; the first is ours.
        title: for people.
        tell: the server's version if it is of this kind ("" if it does not say), else None.
        login: what it knows us by.
        how: how to make an account or key for us, in sentences.
        base: path that its documentation puts behind a proxy.
        rights: what the account must be, for one who gives it too little.
    """

    names: tuple[str, ...]
    title: str
    tell: Callable[[Ask], str | None]
    login: Login
    how: str
    base: str
    rights: str = field(default="the role administrator")


def _komga(ask: Ask) -> str | None:
    claim = document(ask("/api/v1/claim"))
    if isinstance(claim, dict) and "isClaimed" in claim:
        return ""
    health = document(ask("/actuator/health"))
    up = isinstance(health, dict) and "status" in health
    return "" if up and ask("/api/v2/users/me").status == 401 else None


def _calibre(ask: Ask) -> str | None:
    answer = ask("/ajax-setup")
    told = document(answer)
    if not (isinstance(told, dict) and "ajax_timeout" in told):
        return None
    name, _, version = header(answer, "Server").partition(" ")
    return version if name.lower() == "calibre" else ""  # a proxy puts its own name there


def _kavita(ask: Ask) -> str | None:
    health = ask("/api/Health")
    if health.status != 200 or health.body.strip().strip(b'"').lower() != b"ok":
        return None
    return "" if isinstance(document(ask("/api/Admin/exists")), bool) else None


def _lanraragi(ask: Ask) -> str | None:
    told = document(ask("/api/info"))
    if isinstance(told, dict) and {"version_name", "archives_per_page"} <= told.keys():
        return str(told.get("version", ""))
    return None


KINDS: Final = (
    Kind(
        names=("komga",),
        title="Komga",
        tell=_komga,
        login=Login.KEY,
        how=(
            "Sign in to Komga as an administrator, open My Account (the icon with your mail"
            " address) > API Keys > Generate API Key, and copy the key: it is shown once."
            " Keys exist since Komga 1.20."
        ),
        base="/komga",
        rights="the role Administrator (Settings > Users)",
    ),
    Kind(
        names=("calibre",),
        title="calibre's content server",
        tell=_calibre,
        login=Login.PASSWORD,
        how=(
            "Make a user that may write: stop the server, run `calibre-server --manage-users -- add"
            " shelfhook`, and start it with --enable-auth. Basic or digest, Shelfhook finds out by"
            " itself."
        ),
        base="/calibre",
        rights="the right to make changes (calibre-server --manage-users)",
    ),
    Kind(
        names=("lanraragi", "comiclib"),
        title="LANraragi or ComicLib",
        tell=_lanraragi,
        login=Login.KEY,
        how=(
            "In LANraragi set a key at Settings > Security > API Key. ComicLib's key is the"
            " password that it was started with."
        ),
        base="/lanraragi",
    ),
    Kind(
        names=("kavita",),
        title="Kavita",
        tell=_kavita,
        login=Login.KEY,
        how=(
            "Sign in to Kavita as an administrator, open Settings > Account > API Key / Auth Keys"
            " (older: user settings > 3rd Party Clients), and make or copy a key. One that expires"
            " stops Shelfhook on that day."
        ),
        base="/kavita",
        rights="the role Admin (Settings > Users)",
    ),
)


def kind_of(name: str) -> Kind | None:
    """The entry of an adapter's name; None for an extension that we do not know."""
    return next((kind for kind in KINDS if name in kind.names), None)


def document(answer: Answer) -> Any:
    """The JSON of a good answer; None if it is anything else."""
    if answer.status != 200 or len(answer.body) > SHORT:
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def header(answer: Answer, name: str) -> str:
    """A header's value, whatever the case of its name; "" if it is not there."""
    fields = {key.lower(): value for key, value in answer.headers.items()}
    return str(fields.get(name.lower(), ""))

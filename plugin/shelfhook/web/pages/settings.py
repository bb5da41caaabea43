"""`/settings`: what holds, and where it came from. To look at; the file is where it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint

from shelfhook.settings import Entry, Origin, listed
from shelfhook.web.context import current
from shelfhook.web.lean import Answer
from shelfhook.web.pages.rendering import page

blueprint = Blueprint("page_settings", __name__)

ORIGINS: Final = {
    Origin.DEFAULT: ("default", "quiet"),
    Origin.FILE: ("file", "info"),
    Origin.ENVIRONMENT: ("environment", "warn"),
    Origin.SECRET_FILE: ("secret file", "warn"),
}


@dataclass(frozen=True, slots=True)
class KeyView:
    """One key."""

    key: str
    value: str
    secret: bool
    means: str
    origin: str
    tone: str
    where: str


@blueprint.get("/settings")
def show() -> Answer:
    """All keys, table by table."""
    web = current()
    tables: dict[str, list[KeyView]] = {}
    for entry in listed(web.context.settings):
        tables.setdefault(entry.table, []).append(_key(entry, web.mask(entry.value)))
    return page("settings.html", tables=tables, file=_file(tables), version=_version())


def _key(entry: Entry, value: str) -> KeyView:
    origin, tone = ORIGINS[entry.source.origin]
    return KeyView(entry.key, value, entry.secret, entry.means, origin, tone, entry.source.where)


def _file(tables: Mapping[str, list[KeyView]]) -> str:
    """The settings file, if any key came from it."""
    keys = (key for table in tables.values() for key in table)
    return next((key.where for key in keys if key.origin == "file" and key.where), "")


def _version() -> str:
    return str(current().context.manifest.get("version", ""))

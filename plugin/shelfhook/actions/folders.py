"""What a series' folder says: "Saga v2 (2012) (Digital)" is Saga, volume 2, of 2012."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shelfhook.actions.cleaning import clean, spaced
from shelfhook.model import Item

_YEAR = re.compile(r"\s*[(\[]\s*(?P<year>(?:19|20)[0-9]{2})(?:\s*-\s*(?:[0-9]{4})?)?\s*[)\]]$")
_VOLUME = re.compile(r"\s+(?:v|vol\.?\s*|volume\s+)(?P<volume>[0-9]{1,3})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Folder:
    """Title, year and volume; "" for what the name does not say."""

    title: str
    year: str = ""
    volume: str = ""


def name_of(series: Item) -> str:
    """The name of a series' folder: the item's name, or else the last part of its path."""
    parts = [part for part in re.split(r"[/\\]", series.path) if part]
    return series.name or (parts[-1] if parts else "")


def read(name: str) -> Folder:
    """What the name says. A scanner's brackets say nothing."""
    title, year, volume = clean(spaced(name)).strip(), "", ""
    while True:
        if not year and (match := _YEAR.search(title)):
            year = match["year"]
        elif not volume and (match := _VOLUME.search(title)):
            volume = match["volume"].lstrip("0") or "0"
        else:
            return Folder(title, year, volume)
        title = title[: match.start()].strip()

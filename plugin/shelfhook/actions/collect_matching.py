"""Whether a book is one of those that a reading order names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from shelfhook.actions import collect_cbl, folders
from shelfhook.actions.collect_cbl import Entry, ReadingOrder
from shelfhook.actions.folders import Folder
from shelfhook.actions.wishes import text_of
from shelfhook.model import Item

_YEARS_APART = 1
"""The date on a cover may lie in the year after the sale."""


class Fit(Enum):
    """What series, volume and year say of a book whose series' name and number are right."""

    SAME = auto()
    DOUBTFUL = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Match:
    """What a reading order has for a book.

    Attributes:
        entries: those that it is, first the one that says its place.
        doubtful: one of its name, but of another year.
    """

    entries: tuple[Entry, ...] = ()
    doubtful: Entry | None = None

    @property
    def entry(self) -> Entry | None:
        """The entry that says the book's place."""
        return self.entries[0] if self.entries else None


def match(item: Item, order: ReadingOrder) -> Match:
    """The entries that a book is: of the same series and number, and of no other year.

    Years are those of the series where its title or folder names one, as in "Civil War (2006)",
    and else those of the release. What does not say a year is no contradiction.
    """
    title = folders.read(item.series_name)
    entries = order.named(title.title, text_of(item, "number"))
    fits = [(entry, _fit(item, entry, (title, _folder(item)))) for entry in entries]
    same = tuple(entry for entry, fit in fits if fit is Fit.SAME)
    return Match(same, next((entry for entry, fit in fits if fit is Fit.DOUBTFUL), None))


def _folder(item: Item) -> Folder:
    parts = item.path.replace("\\", "/").split("/")
    return folders.read(parts[-2] if len(parts) > 1 else "")


def _fit(item: Item, entry: Entry, said: tuple[Folder, ...]) -> Fit:
    named = collect_cbl.folder_of(entry)
    began = named.year or (entry.volume if len(entry.volume) == 4 else "")
    ours = next((one.year for one in said if one.year), "")
    if began and ours:
        return Fit.SAME if began == ours else Fit.OTHER
    volume = named.volume or (entry.volume.lstrip("0") if len(entry.volume) < 4 else "")
    our_volume = next((one.volume for one in said if one.volume), "")
    if volume and our_volume and volume != our_volume:
        return Fit.OTHER
    released = text_of(item, "releaseDate")[:4]
    return Fit.SAME if _near(released, entry.year) else Fit.DOUBTFUL


def _near(one: str, other: str) -> bool:
    if not (one.isdecimal() and other.isdecimal()):
        return True
    return abs(int(one) - int(other)) <= _YEARS_APART

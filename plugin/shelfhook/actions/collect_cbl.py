"""CBL files: reading orders that name books by series, number, volume and year.

ComicRack's format, which many sites share reading orders in:

    <ReadingList>
      <Name>Civil War</Name>
      <Books><Book Series="Civil War" Number="1" Volume="2006" Year="2006"/> …</Books>
    </ReadingList>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shelfhook.actions import filenames, folders
from shelfhook.actions.folders import Folder
from shelfhook.actions.wording import plain
from shelfhook.archives import xmlcheck
from shelfhook.archives.faults import FaultError
from shelfhook.archives.xmlcheck import Element
from shelfhook.errors import ConfigurationError

LARGEST = 8 * 1024 * 1024
"""Bytes. The longest reading order anybody shares has some thousand books in half a megabyte."""

_NAME = ("ReadingList", "Name")
_BOOK = ("ReadingList", "Books", "Book")
_MARKS = re.compile(r"[^\w\s]|_")
_ARTICLE = re.compile(r"^(?:the|a|an) (?=\S)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One book of a reading order. `volume` is mostly the year in which the series began."""

    place: int
    series: str
    number: str
    volume: str = ""
    year: str = ""

    @property
    def key(self) -> str:
        """The same for entries that name the same book in the same words."""
        return "\t".join((self.series, self.number, self.volume, self.year))

    def __str__(self) -> str:
        told = self.volume or self.year
        return f"{self.series} #{self.number}{f' ({told})' if told else ''}"


@dataclass(frozen=True)
class ReadingOrder:
    """A reading order, with its entries by plain series name and number."""

    name: str
    entries: tuple[Entry, ...]
    by_book: Mapping[tuple[str, str], tuple[Entry, ...]]

    def named(self, series: str, number: str) -> tuple[Entry, ...]:
        """The entries of that number in a series of that name."""
        return self.by_book.get((plain_name(series), plain_number(number)), ())


def plain_name(name: str) -> str:
    """A series' name without case, accents, punctuation and a leading article.

    "The Amazing Spider-Man" and "Amazing Spider Man" are the same series to those who write lists.
    """
    words = plain(_MARKS.sub(" ", name.replace("&", " and ")).strip())
    return _ARTICLE.sub("", words)


def plain_number(number: str) -> str:
    """A book's number without what people write differently: "#001" is "1"."""
    text = number.strip().lstrip("#").strip()
    known = filenames.as_number(text)
    return known.text.casefold() if known else text.casefold()


def read(name: str) -> ReadingOrder:
    """What a CBL file says.

    Args:
        name: a path; "~" is the user's folder, a relative one starts at the working directory.

    Raises:
        ConfigurationError: it cannot be read, or is no CBL file with books.
    """
    try:
        path = Path(name).expanduser().absolute()
    except RuntimeError as error:  # "~nobody"
        raise ConfigurationError([f"{name}: {error}"]) from error
    elements = _elements(path)
    title = next((e.text.strip() for e in elements if e.path == _NAME), "")
    entries = tuple(_entries(e for e in elements if e.path == _BOOK))
    if not entries:
        raise ConfigurationError([f"{path}: it names no books; is it a CBL file?"])
    return order(title or path.stem, entries)


def order(name: str, entries: tuple[Entry, ...]) -> ReadingOrder:
    """A reading order of these entries."""
    by_book: dict[tuple[str, str], tuple[Entry, ...]] = {}
    for entry in entries:
        key = (plain_name(folders.read(entry.series).title), plain_number(entry.number))
        by_book[key] = (*by_book.get(key, ()), entry)
    return ReadingOrder(name, entries, by_book)


def folder_of(entry: Entry) -> Folder:
    """Title, year and volume of an entry's series: some lists write "Civil War (2006)"."""
    return folders.read(entry.series)


def _elements(path: Path) -> list[Element]:
    try:
        return xmlcheck.read(_content(path))
    except OSError as error:
        raise ConfigurationError([f"{path}: {error.strerror or 'cannot be read'}"]) from error
    except FaultError as error:
        reason = "it has a DOCTYPE, as attacks do" if "doctype" in error.code else error.detail
        raise ConfigurationError([f"{path}: not read, since {reason}"]) from error


def _content(path: Path) -> bytes:
    if not path.exists():
        raise ConfigurationError([f"{path}: there is no such file"])
    if not path.is_file():  # to open a pipe would wait for ever
        raise ConfigurationError([f"{path}: not a file"])
    if path.stat().st_size > LARGEST:
        raise ConfigurationError([f"{path}: larger than {LARGEST // 1024 // 1024} MiB"])
    return path.read_bytes()


def _entries(elements: Iterable[Element]) -> Iterable[Entry]:
    for place, element in enumerate(elements, start=1):
        told = {key: value.strip() for key, value in element.attributes.items()}
        series, number = told.get("Series", ""), told.get("Number", "")
        if series and number:
            yield Entry(place, series, number, told.get("Volume", ""), told.get("Year", ""))

"""What `embed` starts from: a book's file, and what the host says of the book and its series."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shelfhook.actions import filenames
from shelfhook.actions.wishes import of_series, seen
from shelfhook.archives import formats
from shelfhook.archives.trouble import told
from shelfhook.errors import Gone
from shelfhook.model import Fields, Finding, Item, Severity, Value
from shelfhook.ports import Host

_ARCHIVES = frozenset({"rar", "7z", "tar"})


def not_a_cbz(item: Item, path: Path) -> Finding | None:
    """Why the file cannot be written; None if it is a CBZ in content and in name."""
    with told(path), path.open("rb") as file:
        kind = formats.kind_of(file.read(formats.HEAD))
    promised = formats.SUFFIXES.get(formats.suffix(path.name), "")
    if kind == promised == "zip":
        return None
    named = ", but is not named so" if kind == "zip" else ""
    convertible = kind in _ARCHIVES or (kind == "zip" and promised in _ARCHIVES)
    return Finding(
        "embed.not-a-cbz",
        Severity.INFO,
        f"{item.name} holds no ComicInfo.xml that could be written: "
        f"it is {formats.NAMES[kind]}{named}",
        "Convert it to CBZ with the action convert, or at the server."
        if convertible
        else "None: only CBZ files are written.",
    )


def series_of(item: Item, host: Host) -> Item | None:
    """The series of a book; None if it is of none, or that is gone."""
    if not item.series:
        return None
    try:
        return seen(host.series(item.series), host)
    except Gone:
        return None


def series_fields(item: Item, host: Host) -> Fields:
    """The fields of a book's series, or what the book itself says of it."""
    series = series_of(item, host)
    return of_series(item, host) if series is None else series.fields


def book_fields(item: Item, host: Host) -> Fields:
    """The book's fields, without a title and a number that only the server has invented."""
    item = seen(item, host)
    title = item.fields.get("title")
    invented_title = host.normalise("book", "title", filenames.stem(item.name))
    if title != invented_title or of_series(item, host).get("title"):
        return item.fields
    invented = {"title", "number"} - item.locks if "title" not in item.locks else set()
    return {name: value for name, value in item.fields.items() if name not in invented}


def without_volume(series: Fields, present: Mapping[str, str]) -> Fields:
    """The series' fields; from its title goes the volume that Komga appends to `Series`."""
    title: Value = series.get("title")
    volume = present.get("Volume", "")
    if not isinstance(title, str) or not volume or title == present.get("Series"):
        return series
    return {**series, "title": title.removesuffix(f" ({volume})")}

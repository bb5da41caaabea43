"""From Kavita's JSON to Shelfhook's words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from shelfhook.hosts.kavita.documents import Dto, promised
from shelfhook.hosts.kavita.fields import BOOK, METADATA, NAMES, OF_ENTITY, Field
from shelfhook.hosts.kavita.kinds import words_of
from shelfhook.hosts.kavita.spelling import key_of
from shelfhook.model import Fields, Item, ItemRef, Library, Value

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@promised
def library(found: Dto) -> Library:
    """A library; of several folders the first is its root."""
    folders = found.get("folders") or [""]
    return Library(id=str(found["id"]), name=found["name"], root=str(folders[0]))


@promised
def ref(chapter: Dto, series: Dto) -> ItemRef:
    """What a listing says of a chapter, with the fingerprint that `item` gives it, too."""
    fingerprint = f"{_file_digest(chapter, series)}.{_digest(_meant('book', _book(chapter)))}"
    return bare_ref(chapter, series)._replace(fingerprint=fingerprint)


@promised
def bare_ref(chapter: Dto, series: Dto) -> ItemRef:
    """The same without the fingerprint."""
    return ItemRef(
        id=str(chapter["id"]),
        name=_name(chapter),
        series=str(series["id"]),
        series_name=series["name"],
    )


@promised
def item(chapter: Dto, series: Dto) -> Item:
    """A chapter as a book. Only one that is a single file has a path, a size and its own pages."""
    fields = _book(chapter)
    files = chapter["files"]
    return Item(
        id=str(chapter["id"]),
        name=_name(chapter),
        library=str(series["libraryId"]),
        series=str(series["id"]),
        path=str(files[0]["filePath"]) if len(files) == 1 else "",
        fields=fields,
        locks=_locked("book", fields),
        fingerprint=f"{_file_digest(chapter, series)}.{_digest(_meant('book', fields))}",
        series_name=series["name"],
        size=files[0]["bytes"] if len(files) == 1 else None,
        pages=chapter["pages"] or None,  # 0 of a file that could not be read
    )


@promised
def series(head: Dto, metadata: Dto) -> Item:
    """A series, from its two documents."""
    fields = {**_read(NAMES, head), **_read(METADATA, metadata)}
    folder = str(head.get("folderPath") or "")
    return Item(
        id=str(head["id"]),
        name=head["name"],
        library=str(head["libraryId"]),
        path=folder,
        fields=fields,
        locks=_locked("series", fields),
        # its times and counts move with each chapter that comes or goes
        fingerprint=f"{_digest([head['libraryId'], folder])}.{_digest(_meant('series', fields))}",
        entity="series",
    )


@promised
def place(head: Dto) -> tuple[int, int]:
    """Ids of a series and of its library, as Kavita has them."""
    return int(head["id"]), int(head["libraryId"])


def fingerprint(found: Item) -> str:
    """The fingerprint of a book or series with the fields that it has now."""
    half = found.fingerprint.partition(".")[0]
    return f"{half}.{_digest(_meant(found.entity, found.fields))}"


def meaning(field: Field, value: Value) -> Value:
    """A value in which two that are one to Kavita look the same."""
    if field.kind.vocabulary:
        return [key_of(word) or word for word in words_of(value)]
    return field.kind.normal(value)


def vocabularies(entity: str, fields: Fields) -> Mapping[str, list[str]]:
    """The words among the fields, by the table that Kavita keeps them in."""
    found: dict[str, list[str]] = {}
    for name, field in OF_ENTITY[entity].items():
        if field.kind.vocabulary:
            found.setdefault(field.kind.vocabulary, []).extend(words_of(fields.get(name)))
    return found


def _book(chapter: Dto) -> dict[str, Value]:
    return _read(BOOK, chapter)


def _read(fields: Mapping[str, Field], document: Dto) -> dict[str, Value]:
    """The fields, and those locks that the document shows."""
    found = {name: field.kind.read(document.get(field.key)) for name, field in fields.items()}
    locks = {field.lock for field in fields.values() if field.lock in document}
    return {**found, **{lock: bool(document[lock]) for lock in locks}}


def _locked(entity: str, fields: Fields) -> frozenset[str]:
    known = OF_ENTITY[entity].items()
    return frozenset(name for name, field in known if field.lock and fields.get(field.lock))


def _meant(entity: str, fields: Fields) -> dict[str, Any]:
    known = OF_ENTITY[entity]
    return {
        name: meaning(known[name], value) if name in known else bool(value)
        for name, value in fields.items()
    }


def _name(chapter: Dto) -> str:
    """The name of the first file, as it is on the disk."""
    files = chapter["files"]
    path = str(files[0]["filePath"]) if files else str(chapter.get("range") or chapter["id"])
    return path.replace("\\", "/").rpartition("/")[2]


def _file_digest(chapter: Dto, series: Dto) -> str:
    # no time of Kavita's says when a file has changed: they move with each write, ours too
    files = sorted([str(one["filePath"]), int(one["bytes"])] for one in chapter["files"])
    return _digest([series["id"], chapter["pages"], files])


def _digest(value: object) -> str:
    return hashlib.sha256(_ENCODER.encode(value).encode()).hexdigest()[:32]

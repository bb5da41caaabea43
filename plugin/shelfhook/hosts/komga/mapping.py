"""From Komga's JSON to Shelfhook's words, and back."""

from __future__ import annotations

import hashlib
import json
import re

from shelfhook.errors import Permanent
from shelfhook.hosts.komga.documents import Dto, of_komga
from shelfhook.hosts.komga.normal import FIELDS, UNCLEARABLE, normal
from shelfhook.model import Account, Fields, Item, ItemRef, Library, Value

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_WINDOWS_PATH = re.compile(r"[A-Za-z]:\\|\\\\")


@of_komga
def account(user: Dto) -> Account:
    """Who we are, from a user object."""
    roles = tuple(sorted(str(role) for role in user.get("roles", ())))
    return Account(name=str(user["email"]), admin="ADMIN" in roles, roles=roles)


@of_komga
def library(found: Dto) -> Library:
    """A library; its root is empty for accounts that are not administrators."""
    return Library(id=found["id"], name=found["name"], root=found.get("root", ""))


def file_name(dto: Dto) -> str:
    """The name of a book's file, or a series' folder, as it is on the disk.

    Komga's `name` of a book is without the extension; its `url` is the server's whole path for
    administrators, and the last part alone for others.
    """
    url = str(dto.get("url") or "")
    separator = "\\" if _WINDOWS_PATH.match(url) else "/"
    return url.rpartition(separator)[2] or str(dto["name"])


@of_komga
def ref(book: Dto) -> ItemRef:
    """What a listing says of a book, with the fingerprint that `item` gives it too."""
    fingerprint = f"{_file_digest(book)}.{_digest(_fields('book', book))}"
    return bare_ref(book)._replace(fingerprint=fingerprint)


@of_komga
def bare_ref(book: Dto) -> ItemRef:
    """The same without the fingerprint, which takes six times as long."""
    return ItemRef(
        id=book["id"],
        name=file_name(book),
        series=book["seriesId"],
        series_name=book["seriesTitle"],
        status=book["media"]["status"],
    )


@of_komga
def item(book: Dto) -> Item:
    """A whole book. The locks are among its fields too, because they can be written like those."""
    fields = _fields("book", book)
    media = book["media"]
    return Item(
        id=book["id"],
        name=file_name(book),
        library=book["libraryId"],
        series=book["seriesId"],
        path=book["url"],
        fields=fields,
        locks=_locked(fields),
        fingerprint=f"{_file_digest(book)}.{_digest(fields)}",
        status=media["status"],
        series_name=book["seriesTitle"],
        size=book["sizeBytes"],
        # of a file that was not opened, or not since it changed, the count says nothing
        pages=media["pagesCount"] if media["status"] == "READY" else None,
    )


@of_komga
def series(found: Dto) -> Item:
    """A whole series, likewise."""
    fields = _fields("series", found)
    return Item(
        id=found["id"],
        name=found["name"],
        library=found["libraryId"],
        path=found["url"],
        fields=fields,
        locks=_locked(fields),
        fingerprint=f"{_folder_digest(found)}.{_digest(fields)}",
        entity="series",
    )


def fingerprint(found: Item) -> str:
    """The fingerprint of a book or series with the fields that it has now.

    Its half for the file or folder stays, the one for the metadata is computed from the fields: so
    the state that we leave is known without reading the item again.
    """
    half = found.fingerprint.partition(".")[0]
    fields = {name: normal(found.entity, name, value) for name, value in found.fields.items()}
    return f"{half}.{_digest(fields)}"


def lock(entity: str, field: str) -> str:
    """Name of the field that locks a field; "" if there is none."""
    name = f"{field}Lock"
    return name if name in FIELDS.get(entity, {}) else ""


def update(entity: str, fields: Fields) -> dict[str, Value]:
    """The body of a metadata PATCH.

    Raises:
        Permanent: Komga has no such field (it would ignore it in silence), or cannot clear it.
    """
    known = FIELDS.get(entity)
    if known is None:
        raise Permanent(f"Komga has no metadata of a {entity!r}, only of {', '.join(FIELDS)}")
    body: dict[str, Value] = {}
    for name, value in fields.items():
        if name not in known:
            raise Permanent(f"Komga's {entity} has no field {name!r}")
        body[name] = normal(entity, name, value)
        if body[name] is None and name in UNCLEARABLE:
            raise Permanent(f"Komga cannot clear the field {name!r} of a {entity}")
    return body


def _fields(entity: str, dto: Dto) -> dict[str, Value]:
    metadata = dto["metadata"]
    return {name: rule(metadata.get(name)) for name, rule in FIELDS[entity].items()}


def _locked(fields: Fields) -> frozenset[str]:
    return frozenset(name for name in fields if fields.get(f"{name}Lock"))


def _file_digest(book: Dto) -> str:
    # Neither `lastModified` (moves with every sibling) nor `metadata.lastModified` (moves with
    # every PATCH, also ours and also an empty one) nor `fileHash` (computed some time later):
    # none of them says that the book is another than it was.
    return _digest(
        [
            file_name(book),
            book["seriesId"],
            book["fileLastModified"],
            book["sizeBytes"],
            book["media"]["status"],
        ]
    )


def _folder_digest(series: Dto) -> str:
    # Its times and counts move with each book that comes or goes.
    return _digest([file_name(series), series["libraryId"]])


def _digest(value: object) -> str:
    return hashlib.sha256(_ENCODER.encode(value).encode()).hexdigest()[:32]

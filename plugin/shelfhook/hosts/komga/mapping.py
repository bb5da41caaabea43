"""From Komga's JSON to Shelfhook's words, and back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import Json
from shelfhook.hosts.komga.normal import BOOK, FIELDS, UNCLEARABLE, normal
from shelfhook.model import Account, Fields, Item, ItemRef, Library, Value

Dto: TypeAlias = Mapping[str, Any]
"""A JSON object of Komga's; what it holds is checked where it is read."""

T = TypeVar("T")
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_WINDOWS_PATH = re.compile(r"[A-Za-z]:\\|\\\\")


def the_object(document: Json) -> Dto:
    """The document as an object.

    Raises:
        Permanent: it is something else, so this is not Komga's API.
    """
    if not isinstance(document, dict):
        raise Permanent("the host's answer is not a JSON object; is it a Komga server?")
    return document


def the_list(document: Json) -> list[Dto]:
    """The document as a list of objects.

    Raises:
        Permanent: it is something else, so this is not Komga's API.
    """
    if not isinstance(document, list):
        raise Permanent("the host's answer is not a JSON list; is it a Komga server?")
    return [the_object(one) for one in document]


def _of_komga(read: Callable[[Dto], T]) -> Callable[[Dto], T]:
    """Let a reader say `Permanent` where the answer lacks what Komga's contract promises."""

    @wraps(read)
    def checked(dto: Dto) -> T:
        try:
            return read(dto)
        except (AttributeError, KeyError, TypeError) as error:
            raise Permanent(
                f"the host's answer lacks what Komga's contract promises ({error!r}); "
                "is it a Komga server?"
            ) from error

    return checked


@_of_komga
def account(user: Dto) -> Account:
    """Who we are, from a user object."""
    roles = tuple(sorted(str(role) for role in user.get("roles", ())))
    return Account(name=str(user["email"]), admin="ADMIN" in roles, roles=roles)


@_of_komga
def library(found: Dto) -> Library:
    """A library; its root is empty for accounts that are not administrators."""
    return Library(id=found["id"], name=found["name"], root=found.get("root", ""))


def file_name(book: Dto) -> str:
    """The file's name with its extension.

    Komga's `name` is without the extension; its `url` is the server's whole path for
    administrators, and the file's name alone for others.
    """
    url = str(book.get("url") or "")
    separator = "\\" if _WINDOWS_PATH.match(url) else "/"
    return url.rpartition(separator)[2] or str(book["name"])


@_of_komga
def ref(book: Dto) -> ItemRef:
    """What a listing says of a book."""
    return ItemRef(
        id=book["id"],
        name=file_name(book),
        series=book["seriesId"],
        series_name=book["seriesTitle"],
        status=book["media"]["status"],
    )


@_of_komga
def item(book: Dto) -> Item:
    """A whole book. The locks are among its fields too, because they can be written like those."""
    metadata = book["metadata"]
    fields = {name: rule(metadata.get(name)) for name, rule in BOOK.items()}
    return Item(
        id=book["id"],
        name=file_name(book),
        library=book["libraryId"],
        series=book["seriesId"],
        path=book["url"],
        fields=fields,
        locks=frozenset(name for name in BOOK if fields.get(f"{name}Lock")),
        fingerprint=f"{_file_digest(book)}.{_digest(fields)}",
        status=book["media"]["status"],
    )


def fingerprint(found: Item) -> str:
    """The fingerprint of an item with the fields that it has now.

    Its half for the file stays, the one for the metadata is computed from the fields: so the state
    that we leave is known without reading the item again.
    """
    file_half = found.fingerprint.partition(".")[0]
    fields = {name: normal("book", name, value) for name, value in found.fields.items()}
    return f"{file_half}.{_digest(fields)}"


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


def _digest(value: object) -> str:
    return hashlib.sha256(_ENCODER.encode(value).encode()).hexdigest()[:32]

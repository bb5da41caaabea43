"""What a dialect makes of a document, and small helpers to read documents that may be anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from shelfhook.model import EventKind

Document: TypeAlias = Mapping[str, Any]
"""A JSON object, or the fields of a form. What its values are is never taken for granted."""


class Heard(NamedTuple):
    """One thing that a sender says has happened.

    Attributes:
        library: the library's id or name; "" if the sender does not tell.
        path: a file or folder of the library, as the sender sees it; "" if it does not tell.
        item: the host's id of the item, where a sender knows it.
        field: where library or path stand (or would) in the document, for messages.
    """

    kind: EventKind = EventKind.LIBRARY_SCANNED
    library: str = ""
    path: str = ""
    item: str = ""
    field: str = "library"


class Dialect(NamedTuple):
    """The way one kind of program speaks.

    Attributes:
        name: for answers and docs.
        fits: whether a document is of this dialect; never raises.
        read: what it says; nothing for a test, or for what changes no file. Never raises.
        status: what a success is answered with.
    """

    name: str
    fits: Callable[[Document], bool]
    read: Callable[[Document], Sequence[Heard]]
    status: int = 202


def text(document: Any, *names: str) -> str:
    """The first of these keys whose value is a text that is not empty; "" if none is."""
    if isinstance(document, Mapping):
        for name in names:
            value = document.get(name)
            if isinstance(value, str) and value.strip():
                return value
    return ""


def identity(document: Document, *names: str) -> str:
    """As `text`; whole numbers count, too, since some hosts number their libraries."""
    for name in names:
        value = document.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if found := text(document, name):
            return found
    return ""


def objects(value: Any) -> Iterator[Document]:
    """An object, or the objects of a list."""
    several = value if isinstance(value, list) else [value]
    return (one for one in several if isinstance(one, Mapping))

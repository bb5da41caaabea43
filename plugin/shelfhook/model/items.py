"""Items of a library, and what is to be different about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"
"""A metadata value as JSON knows it."""

Fields: TypeAlias = Mapping[str, Value]


class ItemRef(NamedTuple):
    """What a listing says of an item: enough to name and choose it, not enough to change it.

    `series_name` and `status` are for a routine's filter, `fingerprint` (as `Item` has it; "" where
    a listing does not tell) says whether the item has changed since; the ledger keeps none of them.
    """

    id: str
    name: str
    series: str = ""
    series_name: str = ""
    status: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One book (or series) as the host has it now.

    Attributes:
        id: the host's id, opaque.
        name: file name with extension.
        library: id of the library.
        series: id of the series, or "".
        path: the host's own path or url of the file.
        fields: metadata by the host's field names, in the host's normal form.
        locks: names of the fields the user has locked.
        fingerprint: digest of what really changes when the item changes.
        status: the host's word for the state of the file (`READY`, `ERROR`, …).
        entity: what it is at its host, `book` or `series`.
        series_name: the series' title, "" for a series itself.
        size: bytes of the file; None where the host does not tell, and for a series.
        pages: pages that the host counts; None likewise.
    """

    id: str
    name: str
    library: str = ""
    series: str = ""
    path: str = ""
    fields: Fields = field(default_factory=dict)
    locks: frozenset[str] = frozenset()
    fingerprint: str = ""
    status: str = ""
    entity: str = "book"
    series_name: str = ""
    size: int | None = None
    pages: int | None = None


class ChangeKind(StrEnum):
    """What sort of difference a change is."""

    FIELDS = "fields"
    COMMAND = "command"
    FILE = "file"
    LIST = "list"
    COVER = "cover"


@dataclass(frozen=True, slots=True)
class Change:
    """One intended difference to one entity of a host.

    Attributes:
        kind: decides what the rest means:
            FIELDS: `before` and `after` hold the same keys, the host's field names.
            COMMAND: `command` names what the host shall do (`analyze`, `refresh`).
            FILE: the file at `before["path"]` becomes the one at `after["path"]` (both local, and
            mostly the same). What else stands in `after` is for the action's `build`; where only
            the file's own metadata change, they stand there as `comicinfo`. Of changes with the
            same `whole` (a series' id) all are applied as they were shown, or none. The engine
            adds to `before` the old file's digest and where it is kept.
            LIST: the item becomes a member of the list named `entity_id`; `after` holds `member`
            (the id), `sort` (the key of its place; "" appends) and `ordered`; of an action that
            can tell what a list lacks also `entries`, what the member is of it. Gathered over the
            whole job, and written once for each list.
            COVER: `after["page"]` (from 1) of the book becomes the cover.
        entity: `book` or `series`; of a list `collection` or `read-list`.
        entity_id: the host's id, opaque; of a list its name.
        action: name of the action that planned it; the engine fills it in.
    """

    kind: ChangeKind
    entity: str
    entity_id: str
    before: Fields = field(default_factory=dict)
    after: Fields = field(default_factory=dict)
    command: str = ""
    action: str = ""


class Severity(StrEnum):
    """How bad a finding is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with an item; nothing is done about it.

    Attributes:
        code: names the kind of fault for programs, such as `archive.crc`.
        severity: how bad it is.
        message: what is wrong, in plain words.
        remedy: what a person can do about it.
        place: the entry, page or field that it is about, or "".
        action: name of the action that found it; the engine fills it in.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    place: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class BookList:
    """A collection (of series) or a read list (of books) as its host has it now.

    Attributes:
        kind: `collection` or `read-list`.
        id: the host's id, opaque.
        members: ids in the list's order.
        ordered: whether that order is a person's; else the host sorts.
    """

    kind: str
    id: str
    name: str
    members: tuple[str, ...]
    ordered: bool = True


BY_HOST = "the host"
"""Stands for an action where the host has changed something by itself, at our command."""


class ChangeState(StrEnum):
    """How far a change got: recorded before it is made, then applied, or only planned.

    One that stays `intended` under a failed item may have reached the host: undo looks. `gathered`
    is a wish to be on a list; the lists are written when all items are done. `superseded` never
    reached the host: a later attempt planned something else.
    """

    INTENDED = "intended"
    APPLIED = "applied"
    PLANNED = "planned"
    GATHERED = "gathered"
    SUPERSEDED = "superseded"

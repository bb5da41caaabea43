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

    `series_name` and `status` are for a routine's filter; the ledger does not keep them.
    """

    id: str
    name: str
    series: str = ""
    series_name: str = ""
    status: str = ""


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


class ChangeKind(StrEnum):
    """What sort of difference a change is."""

    FIELDS = "fields"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Change:
    """One intended difference to one entity of a host.

    For `FIELDS`, `before` and `after` hold the same keys: the host's field names. For `COMMAND`,
    `command` names what the host shall do (`analyze`, `refresh`) and both are empty.
    """

    kind: ChangeKind
    entity: str
    entity_id: str
    before: Fields = field(default_factory=dict)
    after: Fields = field(default_factory=dict)
    command: str = ""


class ChangeState(StrEnum):
    """How far a change got: recorded before it is made, then applied, or only planned.

    One that stays `intended` under a failed item may have reached the host: undo must look.
    """

    INTENDED = "intended"
    APPLIED = "applied"
    PLANNED = "planned"

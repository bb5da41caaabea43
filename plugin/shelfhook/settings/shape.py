"""Finds its way through the tables: which keys exist where, and which of them are secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeGuard, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shelfhook.settings.base import Table
from shelfhook.settings.whole import Settings

Path: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands: keys of tables and places in lists."""

NAMED_TABLES = ("hosts", "routines", "notifications")
"""Tables whose keys are names that the user gives."""


def keys_at(path: Sequence[str | int]) -> Mapping[str, FieldInfo]:
    """The keys of the table at `path`; none where a name or a value stands."""
    annotation: object = Settings
    for part in path:
        annotation = _inside(annotation, part)
    return annotation.model_fields if _is_table(annotation) else {}


def field_at(path: Sequence[str | int]) -> FieldInfo | None:
    """The key at `path`, or None if there is none."""
    return keys_at(path[:-1]).get(str(path[-1])) if path else None


def is_secret(path: Sequence[str | int]) -> bool:
    """Whether the value at `path` must never be shown."""
    field = field_at(path)
    return field is not None and field.annotation in (SecretStr, tuple[SecretStr, ...])


def is_list(path: Sequence[str | int]) -> bool:
    """Whether a list is wanted at `path`."""
    field = field_at(path)
    return field is not None and get_origin(field.annotation) is tuple


def dotted(path: Sequence[str | int]) -> str:
    """The path as people write it: `routines.nightly.actions[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _inside(annotation: object, part: str | int) -> object:
    if _is_table(annotation):
        field = annotation.model_fields.get(str(part))
        return field.annotation if field else None
    if get_origin(annotation) is Mapping:
        return get_args(annotation)[1]
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0]
    return None


def _is_table(annotation: object) -> TypeGuard[type[Table]]:
    return isinstance(annotation, type) and issubclass(annotation, Table)

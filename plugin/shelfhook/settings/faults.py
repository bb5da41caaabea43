"""Makes one message of each fault: the key, what is wrong, the remedy. Never the value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from shelfhook.settings import shape
from shelfhook.settings.base import Faults, suggestion
from shelfhook.settings.environment import variable_for

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

NO_HOST = "no host is configured; add a table [hosts.<name>], or run `shelfhook init`"
NOT_A_TABLE = "not a table"
WRONG_SORT = {
    "int": "not a whole number; write it like 4",
    "float": "not a number; write it like 2.5",
    "finite": "not a finite number; give one",
    "bool": "neither true nor false; give one of them",
    "string": "not text; put it between quotes",
    "path": "not a path; put one between quotes",
    "tuple": "not a list; write it between [ and ]",
    "model": NOT_A_TABLE,
    "mapping": NOT_A_TABLE,
    "dict": NOT_A_TABLE,
}
"""By the first word of pydantic's name for the fault."""


def messages(
    error: ValidationError, origins: Mapping[str, str], unread: Collection[str]
) -> list[str]:
    """One message per fault.

    Args:
        error: what pydantic found.
        origins: which keys came from which variable.
        unread: keys whose faults are known already.
    """
    found = error.errors(include_url=False, include_input=False)
    paths = [_path(fault) for fault in found]
    return [
        f"{shape.dotted(path)}{_origin(shape.dotted(path), origins)}: {text}".removeprefix(": ")
        for fault, path in zip(found, paths, strict=True)
        if shape.dotted(path) not in unread and not _follows(fault, path, paths)
        for text in _texts(fault)
    ]


def _follows(fault: ErrorDetails, path: shape.Path, paths: list[shape.Path]) -> bool:
    """Whether a list is only empty because its entries have faults of their own."""
    deeper = [other for other in paths if other[: len(path)] == path and other != path]
    return fault["type"] == "too_short" and bool(deeper)


def _origin(key: str, origins: Mapping[str, str]) -> str:
    """The variable that set the key, a table around it, or something below it."""
    below = [name for name in origins if name.startswith(f"{key}.")]
    source = next((name for name in [*_above(key), *below] if name in origins), None)
    return f" ({origins[source]})" if source else ""


def _path(fault: ErrorDetails) -> shape.Path:
    path = fault["loc"]
    # pydantic adds "[key]" where a name is at fault; but a key may really be called so.
    name_at_fault = len(path) > 1 and path[-1] == "[key]" and fault["type"] != "extra_forbidden"
    return path[:-1] if name_at_fault else path


def _above(key: str) -> list[str]:
    """The key and all tables around it, from the inside out."""
    parts = key.replace("[", ".[").split(".")
    return [".".join(parts[:length]).replace(".[", "[") for length in range(len(parts), 0, -1)]


def _texts(fault: ErrorDetails) -> list[str]:
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, Faults):
        return cause.messages
    if isinstance(cause, ValueError):
        return [str(cause)]
    return [_text(fault, _path(fault))]


def _text(fault: ErrorDetails, path: shape.Path) -> str:
    kind = fault["type"]
    if path == ("hosts",) and kind in ("missing", "too_short"):
        return NO_HOST
    if kind == "missing" and any(isinstance(part, int) for part in path):
        return "missing; add it"
    if kind == "missing":
        return f"missing; set it in the file, or as {variable_for(path)}"
    if kind == "extra_forbidden":
        return f"unknown key; {suggestion(str(path[-1]), shape.keys_at(path[:-1]), 'keys')}"
    if kind == "string_pattern_mismatch":
        return "not a usable name; use small letters, digits, '-' and '_'"
    if kind == "too_short":
        return "empty; give at least one"
    if kind == "literal_error":
        return f"unknown; give one of {fault['ctx']['expected']}"
    if kind.startswith(("greater_than", "less_than")):
        return f"out of range; give {_range(path)}"
    return _wrong_sort(kind, path) or fault["msg"]


def _wrong_sort(kind: str, path: shape.Path) -> str:
    text = WRONG_SORT.get(kind.split("_")[0], "")
    if text != NOT_A_TABLE:
        return text
    name = ".<name>" if path[:1] in [(table,) for table in shape.NAMED_TABLES] else ""
    return f"{NOT_A_TABLE}; write [{path[0]}{name}] and its keys below" if len(path) <= 2 else text


def _range(path: shape.Path) -> str:
    field = shape.field_at(path)
    bounds = {
        name: getattr(rule, name)
        for rule in (field.metadata if field else ())
        for name in ("gt", "ge", "le")
        if hasattr(rule, name)
    }
    low = f"more than {bounds['gt']:g}" if "gt" in bounds else f"{bounds.get('ge', 0):.10g}"
    if "le" not in bounds:
        return f"{low}" if "gt" in bounds else f"at least {low}"
    high = f"{bounds['le']:.10g}"
    return f"{low} and at most {high}" if "gt" in bounds else f"{low} to {high}"

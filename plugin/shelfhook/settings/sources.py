"""Where each key of the settings has its value from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

FROM_A_FILE = "_file"
"""How the names of variables end that name a file with a secret."""


class Origin(StrEnum):
    """Where a value came from."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    SECRET_FILE = "secret file"  # noqa: S105 - the name of an origin, no secret


@dataclass(frozen=True, slots=True)
class Source:
    """An origin, and where exactly: the settings file, or the variable's name."""

    origin: Origin
    where: str = ""


BY_DEFAULT = Source(Origin.DEFAULT)


def of_file(tables: Mapping[str, object], file: str) -> dict[str, Source]:
    """The keys that the file sets, before anything is laid over it."""
    return {".".join(path): Source(Origin.FILE, file) for path in _leaves(tables, ())}


def of_environment(origins: Mapping[str, str]) -> dict[str, Source]:
    """The keys that variables set."""
    return {key: _by_variable(key, variable) for key, variable in origins.items()}


def _by_variable(key: str, variable: str) -> Source:
    # `…_FILE` names a file, unless the key itself is called so.
    named = variable.lower().endswith(FROM_A_FILE) and not key.endswith(FROM_A_FILE)
    return Source(Origin.SECRET_FILE if named else Origin.ENVIRONMENT, variable)


def source_of(known: Mapping[str, Source], key: str) -> Source:
    """Where a key's value came from; a table or a list that was set whole stands for its parts."""
    while key:
        if key in known:
            return known[key]
        cut = max(key.rfind("."), key.rfind("["))
        key = key[:cut] if cut > 0 else ""
    return BY_DEFAULT


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(one, (*path, str(name)))
    elif path:
        yield path

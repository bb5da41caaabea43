"""What all tables of the settings have in common."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

CheckAction: TypeAlias = Callable[[str, Mapping[str, object]], list[str]]
"""Tells what is wrong with an action's name and parameters."""

CheckCron: TypeAlias = Callable[[str, str], "str | None"]
"""Tells what is wrong with a cron expression in a time zone ("" is the machine's own)."""

Seconds: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]

NAME = "[a-z0-9][a-z0-9_-]*"
"""Regular expression of a host's or a routine's name."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a value is checked against besides itself.

    Attributes:
        folder: relative paths start here.
        hosts: names of the configured hosts.
        kinds: kinds of host that exist; empty if nobody knows.
    """

    folder: Path = field(default_factory=Path)
    hosts: Collection[str] = ()
    kinds: Collection[str] = ()
    check_action: CheckAction | None = None
    check_cron: CheckCron | None = None


class Faults(ValueError):  # noqa: N818 - several of them, and never seen outside the settings
    """One value has several faults."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


class Table(BaseModel):
    """A table of the TOML file: unknown keys are faults, values never change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # an input may be a secret
        validate_default=True,  # so that checks between keys also see what was left out
        use_attribute_docstrings=True,
        defer_build=True,  # a table is only ever built as a part of the whole
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        # pydantic would take `workers = true` for 1.
        wanted = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and not _mentions(wanted, bool):
            raise ValueError("true or false makes no sense here; leave it out for the default")
        return value


def surroundings(info: ValidationInfo) -> Surroundings:
    """What `load` told the validators; without it, nothing outside the value is checked."""
    return info.context if isinstance(info.context, Surroundings) else Surroundings()


def for_a_header(secret: SecretStr) -> SecretStr:
    """The secret, if an HTTP header can carry it."""
    text = secret.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise ValueError(
            "cannot travel in an HTTP header; give only ASCII, for instance $(openssl rand -hex 24)"
        )
    return secret


def from_folder(path: Path, info: ValidationInfo) -> Path:
    """The path as seen from the folder of the settings file; `~` is the user's home."""
    try:
        return (surroundings(info).folder / path.expanduser()).absolute()
    except RuntimeError as error:
        raise ValueError("no such user behind the ~; write the whole path") from error


def suggestion(name: str, known: Iterable[str], what: str) -> str:
    """A remedy for a name that does not exist."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known {what}: {', '.join(names)}" if names else f"there are no {what}"


def _mentions(annotation: object, wanted: type) -> bool:
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return any(_mentions(part, wanted) for part in get_args(annotation))
    return annotation is wanted

"""The settings to look at: without secrets, and their shape as a JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from pydantic import SecretStr

from shelfhook.settings.base import Table
from shelfhook.settings.routines import HOST_EVENTS
from shelfhook.settings.shape import NAMED_TABLES
from shelfhook.settings.whole import Settings

MASK = "•••"
TELLING = re.compile(r"password|passphrase|token|secret|credential|key$", re.IGNORECASE)
"""Names of parameters of foreign actions that smell of a secret."""


def masked(settings: Settings) -> dict[str, Any]:
    """The settings as plain values that JSON knows, with every secret as "•••"."""
    return _of_table(settings)


def schema() -> dict[str, Any]:
    """JSON Schema of the TOML file."""
    document = Settings.model_json_schema()
    for table in (document, *document["$defs"].values()):
        # The environment may bring what the file leaves out, except inside of a list.
        if table.get("title") != "ActionSettings":
            table.pop("required", None)
    for name in NAMED_TABLES:
        document["properties"][name].update(additionalProperties=False)  # no other names
    document["properties"]["hosts"].pop("minProperties", None)
    document["$defs"]["EventKind"].update(enum=[str(kind) for kind in HOST_EVENTS])
    document["title"] = "Shelfhook's settings"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def _of_table(table: Table) -> dict[str, Any]:
    shown = {name: _shown(getattr(table, name)) for name in type(table).model_fields}
    return {**shown, **_of_parameters(table.model_extra or {})}


def _of_parameters(parameters: Mapping[str, object]) -> dict[str, Any]:
    return {
        name: MASK if TELLING.search(name) else _shown(value, _of_parameters)
        for name, value in parameters.items()
    }


def _of_names(tables: Mapping[str, object]) -> dict[str, Any]:
    return {name: _shown(table) for name, table in tables.items()}


def _shown(
    value: object, mapping: Callable[[Mapping[str, object]], dict[str, Any]] = _of_names
) -> Any:
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, Table):
        return _of_table(value)
    if isinstance(value, Mapping):
        return mapping(value)
    if isinstance(value, list | tuple):
        return [_shown(one, mapping) for one in value]
    if isinstance(value, Enum):
        return value.value
    # Dates and times are TOML too, so a parameter may be one.
    return value if isinstance(value, str | int | float | None) else str(value)

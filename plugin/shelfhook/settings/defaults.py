"""Adds the routines that the plugin brings along.

They always exist, for every host: under their own name for the first host (or for the one that a
table of that name chooses), as `<name>@<host>` for the others. A table of the same name changes
them: keys that it leaves out keep their default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from shelfhook.settings.base import NAME
from shelfhook.settings.environment import Tables


def add_defaults(tables: Tables, defaults: Mapping[str, object]) -> None:
    """Complete `tables["routines"]` with `defaults`, and with the host where there is only one."""
    hosts, routines = tables.get("hosts"), tables.setdefault("routines", {})
    if not isinstance(hosts, dict) or not isinstance(routines, dict):
        return  # a fault, found later
    for name, default in defaults.items():
        for routine, host in _names(name, routines, [host for host in hosts if _usable(host)]):
            given = routines.get(routine, {})
            routines[routine] = _merged({**_table(default), "host": host}, given)
    if len(hosts) == 1:
        for given in routines.values():
            if isinstance(given, dict):
                given.setdefault("host", next(iter(hosts)))


def _names(name: str, routines: Tables, hosts: list[str]) -> Iterator[tuple[str, str]]:
    chosen = _table(routines.get(name)).get("host")
    own = chosen if chosen in hosts else next(iter(hosts), None)
    for host in hosts:
        yield (name if host == own else f"{name}@{host}"), host


def _usable(host: str) -> bool:
    return re.fullmatch(NAME, host) is not None  # else it is a fault, found later


def _merged(default: object, given: object) -> object:
    """`given`, with what its tables leave out taken from `default`."""
    if not (isinstance(default, Mapping) and isinstance(given, dict)):
        return given
    merged = {key: _merged(default[key], value) for key, value in given.items() if key in default}
    return {**deepcopy(dict(default)), **given, **merged}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

"""What a change is, line by line, for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = "Mapping[str, Any]"

UNSHOWN = frozenset({"path", "sha256", "kept", "size", "mtime_ns", "from", "whole"})
"""What the engine needs to know of files, and people do not."""


class Difference(NamedTuple):
    """One field of one item, before and after."""

    item: str
    field: str
    before: str
    after: str


def differences_of(item: str, change: Json) -> list[Difference]:
    """A change (as the API shows it) field by field; of a command, what it is."""
    of = _KINDS.get(str(change.get("kind", "")), _fields)
    return [Difference(item, *line) for line in of(change)]


def _fields(change: Json) -> list[tuple[str, str, str]]:
    before, after = change["before"], change["after"]
    of_series = "series " if change.get("entity") == "series" else ""
    return [(of_series + name, _plain(before.get(name)), _plain(after[name])) for name in after]


def _command(change: Json) -> list[tuple[str, str, str]]:
    return [(str(change["command"]), "", "asked of the host")]


def _file(change: Json) -> list[tuple[str, str, str]]:
    before, after = change["before"], change["after"]
    if "from" in after:
        return [("file", "as the job left it", "as it was before")]
    lines = []
    if before.get("path") != after.get("path"):
        lines.append(("file", _name(before.get("path")), _name(after.get("path"))))
    for name, value in after.items():
        was = before.get(name)
        if name in UNSHOWN:
            continue
        if isinstance(value, Mapping):
            old = was if isinstance(was, Mapping) else {}
            lines += [(f"{name} {one}", _plain(old.get(one)), _plain(value[one])) for one in value]
        else:
            lines.append((name, _plain(was), _plain(value)))
    return lines or [("file", "", "written anew")]


def _list(change: Json) -> list[tuple[str, str, str]]:
    name = f"{change['entity']} {change['entity_id']}"
    if "member" in change["after"]:
        return [(name, "", "wants to be on it")]
    return [(name, _members(change["before"]), _members(change["after"]))]


def _cover(change: Json) -> list[tuple[str, str, str]]:
    page = change["after"].get("page")
    return [("cover", "", f"page {page}" if page else "the one before")]


def _members(side: Json) -> str:
    members = side.get("members")
    if members is None:
        return "no such list"
    return f"{len(members)} member{'' if len(members) == 1 else 's'}"


def _name(path: object) -> str:
    return str(path or "").replace("\\", "/").rpartition("/")[2]


def _plain(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_KINDS: Mapping[str, Callable[[Json], list[tuple[str, str, str]]]] = {
    "fields": _fields,
    "command": _command,
    "file": _file,
    "list": _list,
    "cover": _cover,
}

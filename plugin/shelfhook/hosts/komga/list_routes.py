"""The calls of collections and read lists, as values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import Call
from shelfhook.hosts.komga.routes import ADMIN, quoted
from shelfhook.model import Value

PAGE = 100
"""Lists per page; each holds the ids of all its members."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Komga's words for one kind of list: its part of the path, and the field of its members."""

    plural: str
    members: str


KINDS = {
    "collection": Kind("collections", "seriesIds"),
    "read-list": Kind("readlists", "bookIds"),
}


def of(kind: str) -> Kind:
    """Komga's words for a kind of list.

    Raises:
        Permanent: it has no such kind.
    """
    if kind not in KINDS:
        raise Permanent(f"Komga has no {kind!r}, only {' and '.join(sorted(KINDS))}")
    return KINDS[kind]


def page(kind: str, number: int) -> Call:
    """One page of all lists of a kind, by name.

    Not with `search`: that asks an index of words which is brought up to date some time later.
    """
    route = f"/api/v1/{of(kind).plural}"
    return Call("GET", f"{route}?page={number}&size={PAGE}", route)


def one(kind: str, list_id: str) -> Call:
    """One list with all its members."""
    path, route = _path(kind, list_id)
    return Call("GET", path, route, entity=f"{kind} {list_id}")


def create(kind: str, name: str, members: Sequence[str], *, ordered: bool) -> Call:
    """Make a list."""
    words = of(kind)
    body: dict[str, Value] = {"name": name, "ordered": ordered, words.members: list(members)}
    if kind == "read-list":
        body["summary"] = ""
    route = f"/api/v1/{words.plural}"
    return Call("POST", route, route, json.dumps(body).encode(), right=ADMIN)


def change(kind: str, list_id: str, members: Sequence[str], *, ordered: bool) -> Call:
    """Give a list other members; its name and summary stay as a person may have set them."""
    body = {"ordered": ordered, of(kind).members: list(members)}
    path, route = _path(kind, list_id)
    return Call(
        "PATCH",
        path,
        route,
        json.dumps(body).encode(),
        expects=204,
        entity=f"{kind} {list_id}",
        right=ADMIN,
    )


def remove(kind: str, list_id: str) -> Call:
    """Delete a list; its members stay."""
    path, route = _path(kind, list_id)
    return Call("DELETE", path, route, expects=204, entity=f"{kind} {list_id}", right=ADMIN)


def _path(kind: str, list_id: str) -> tuple[str, str]:
    start = f"/api/v1/{of(kind).plural}"
    return f"{start}/{quoted(kind, list_id)}", f"{start}/{{id}}"

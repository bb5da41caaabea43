"""The calls of Komga's history and of its import of files, as values."""

from __future__ import annotations

import json
from collections.abc import Sequence

from shelfhook.hosts.calls import Call
from shelfhook.hosts.komga.routes import ADMIN
from shelfhook.ports import Import

PAGE = 100
"""Happenings per page: Komga asks its database once more for each of them."""


def history(number: int) -> Call:
    """One page of what Komga has done to files, newest first."""
    route = "/api/v1/history"
    return Call("GET", f"{route}?page={number}&size={PAGE}&sort=timestamp,desc", route, right=ADMIN)


def import_books(files: Sequence[Import], *, move: bool) -> Call:
    """Have files taken into series.

    Not sent again by itself: a file that has been moved is not there the second time, and a book
    that was replaced is not either.
    """
    body = {"books": [_book(one) for one in files], "copyMode": "MOVE" if move else "COPY"}
    route = "/api/v1/books/import"
    return Call(
        "POST",
        route,
        route,
        json.dumps(body).encode(),
        expects=202,
        repeatable=False,
        right=ADMIN,
    )


def _book(one: Import) -> dict[str, str]:
    book = {"sourceFile": one.file, "seriesId": one.series}
    if one.replaces:
        book["upgradeBookId"] = one.replaces
    if one.name:
        book["destinationName"] = one.name
    return book

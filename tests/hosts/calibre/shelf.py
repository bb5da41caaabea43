"""The contract suite's shelf over a real calibre-server."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from shelfhook.hosts.calibre import connect
from shelfhook.model import Value
from shelfhook.ports import Clock, Host, HostOptions
from tests.hosts.contract import Shelf
from tests.support.books import cbz, pages
from tests.support.calibre import ADMIN, LARGE, LARGE_BOOKS, PASSWORD, READER, Calibre

TEXT = "Ünï サガ 'q\" <b> & \\ \U0001f4da"
PLACE = "series_index"
"""Has no sample: it means something only together with a series, so it cannot be written alone."""
BOOK: Mapping[str, Sequence[Value]] = {
    "title": ["A title", f"  {TEXT} ", "/"],
    "authors": [["A, B", "C"], [f" {TEXT}", "C & D", "c  &  d", "E|F"], [], "One"],
    "tags": [["a"], ["Zebra ", "alpha", "ALPHA", "b,c", TEXT, "x  y"], None],
    "series": ["Saga", " Saga II [3.5] ", None, TEXT],
    "comments": ["One.\nTwo.", f" <p>{TEXT}</p>\n", None],
    "publisher": ["Image", f" {TEXT}", None],
    "pubdate": ["2012-03-31", "2012-03-01T05:06:07+13:00", "0100-01-01", None],
    "rating": [3, "7", 99, 0],
    "languages": [["en"], ["pt-BR", "deu", "EN", "eng", "und"], "ja", None],
    "identifiers": [
        {"isbn": "1"},
        {" IS:BN ": " 1,2 ", "doi": None, "url": f"http://x/{TEXT}"},
        None,
    ],
    "#text": ["a", f" {TEXT} ", None],
    "#words": [["b", "A", "a"], [TEXT, "x,y"], []],
    "#names": [["B", "A & C"], [TEXT], None],
    "#number": [5, "6", -7.9, None],
    "#real": [0.1, "2.5", 3, None],
    "#flag": [True, "false", None],
    "#when": ["2020-01-02", "2020-02-29T23:00:00.123456+00:00", None],
    "#stars": [4, 11, None],
    "#choice": ["Read", " To read ", None],
    "#saga": ["Foo", "Bar [2]", None],
    "#notes": ["x", f" <b>{TEXT}</b>", None],
}
STORED = (*BOOK, "timestamp", "uuid", "size", "formats")


class CalibreShelf(Shelf):
    """A library of a real server, asked without the adapter."""

    kind = "calibre"
    own_words: ClassVar[frozenset[str]] = frozenset({"formats", "convert-format"})

    def __init__(self, server: Calibre, library: str) -> None:
        self.server = server
        self.url = server.url
        self.library = library
        self._count = 0

    def connect(self, options: HostOptions, clock: Clock) -> Host:
        return connect(options, clock, fraction=lambda: 0.01)

    def login(self) -> Mapping[str, str]:
        return {"username": ADMIN, "password": PASSWORD}

    def reader_login(self) -> Mapping[str, str]:
        return {"username": READER, "password": PASSWORD}

    def books(self) -> Sequence[str]:
        return [f"{self.library}/{one}" for one in self.server.numbers(self.library)]

    def held(self, entity: str, entity_id: str) -> Mapping[str, Any]:
        number = _number(entity_id)
        found = self.server.columns(self.library, number, *STORED)
        for name in ("tags", "#words"):  # sets: their order says nothing
            found[name] = sorted(found[name] or ())
        for name in ("pubdate", "#when"):
            found[name] = (found[name] or {}).get("v")
        return found

    def alter(self, entity: str, entity_id: str) -> None:
        self._count += 1
        self._set(entity_id, title=f"Altered {self._count}")

    def delete(self, book: str) -> None:
        self.server.call("POST", f"/cdb/delete-books/{_number(book)}/{self.library}")

    def add(self) -> str:
        before = set(self.books())
        self._count += 1
        file = cbz(self.server.folder / "tmp" / f"Newcomer {self._count:03}.cbz", pages(2, ".png"))
        self.server.calibredb("add", str(file), library=self.library)
        (new,) = set(self.books()) - before
        return new

    def touch(self, book: str) -> None:
        longer = base64.b64encode(self.file(book) + b"\0" * 100).decode()
        self._set(book, added_formats=[{"ext": "cbz", "data_url": longer}])

    def file(self, book: str) -> bytes:
        (found,) = self.server.path(self.library).glob(f"*/*({_number(book)})/*.cbz")
        return found.read_bytes()

    def samples(self, entity: str) -> Mapping[str, Sequence[Value]]:
        return BOOK

    def refused(self, entity: str) -> Mapping[str, Value]:
        return {
            "pubdate": "yesterday",
            "languages": ["Klingonese"],
            "#choice": "Lost",
            "#number": 2**70,
            "#made": "x",
            "title": " ",
            "publisher": "a\x00b",
        }

    @contextmanager
    def many(self, count: int) -> Iterator[Shelf]:
        assert count == LARGE_BOOKS
        yield CalibreShelf(self.server, LARGE)

    def _set(self, book: str, **changes: Any) -> None:
        self.server.set_fields(self.library, _number(book), changes)


def _number(book: str) -> int:
    return int(book.rpartition("/")[2])

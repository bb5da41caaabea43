"""The contract suite against the sandbox, a Komga-compatible server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shelfhook.hosts.komga import connect
from shelfhook.model import Value
from shelfhook.ports import Clock, Host, HostOptions
from shelfhook.sandbox.folder import make
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.hosts.contract import HostContract, Shelf

TEXT = "Ünï サガ 'q\" <b> & \\ \U0001f4da"
BOOK: Mapping[str, Sequence[Value]] = {
    "title": ["A title", f"  {TEXT} "],
    "number": ["7", " 7b "],
    "numberSort": [7.5, 7.1, 3],
    "releaseDate": ["2020-02-29", None],
    "summary": ["One.\nTwo.", f" {TEXT} ", None],
    "authors": [
        [{"name": " A ", "role": " Writer "}, {"name": TEXT, "role": "penciller"}],
        [],
    ],
    "tags": [["a"], ["Zebra ", "alpha", "ALPHA", TEXT], None],
    "isbn": ["978-1-60706-601-9", ""],
    "links": [[{"label": "a", "url": "https://a.test/x?y=ä"}], None],
}
SERIES: Mapping[str, Sequence[Value]] = {
    "title": ["A series", f" {TEXT} "],
    "titleSort": ["series, A", TEXT],
    "status": ["ended", "ONGOING"],
    "summary": ["s", f" {TEXT}\n", None],
    "publisher": ["Image", f" {TEXT}", None],
    "readingDirection": ["RIGHT_TO_LEFT", None],
    "ageRating": [16, None],
    "language": ["EN-us", "ja", None],
    "genres": [["B ", "a"], None],
    "tags": [["x", "X"], []],
    "totalBookCount": [12, None],
    "sharingLabels": [["kids"], None],
    "links": [[{"label": "a", "url": "http://a.test"}], None],
    "alternateTitles": [[{"label": "jp", "title": TEXT}], None],
}
TIMES = ("created", "lastModified")


class KomgaShelf(Shelf):
    """A sandbox over a folder of real files."""

    kind = "komga"
    edits_are_no_news = "Komga sorts by no time that an edit moves; the stream tells of it"

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.url = server.url
        self.library = str(server.libraries()[0]["id"])
        self._count = 0

    def connect(self, options: HostOptions, clock: Clock) -> Host:
        return connect(options, clock)

    def login(self) -> Mapping[str, str]:
        return {"api_key": self.server.admin_key}

    def other_login(self) -> Mapping[str, str]:
        admin = self.server.options.admin
        return {"username": admin.email, "password": admin.password}

    def reader_login(self) -> Mapping[str, str]:
        return {"api_key": self.server.reader_key}

    def books(self) -> Sequence[str]:
        return [str(book["id"]) for book in self.server.books()]

    def series(self) -> Sequence[str]:
        return list(dict.fromkeys(str(book["seriesId"]) for book in self.server.books()))

    def held(self, entity: str, entity_id: str) -> Mapping[str, Any]:
        found = self._read(entity, entity_id)
        fields = {k: v for k, v in found["metadata"].items() if k not in TIMES}
        for name in ("tags", "genres", "sharingLabels"):  # sets: their order says nothing
            if name in fields:
                fields[name] = sorted(fields[name])
        covers = self.server.call("GET", f"{self._path(entity, entity_id)}/thumbnails")
        kept = [(one["type"], one["selected"]) for one in covers]
        return {**fields, ":name": found["name"], ":url": found["url"], ":covers": kept}

    def alter(self, entity: str, entity_id: str) -> None:
        self._count += 1
        title = {"title": f"Altered {self._count}"}
        self.server.call("PATCH", f"{self._path(entity, entity_id)}/metadata", title)

    def delete(self, book: str) -> None:
        self.server.vanish(book)
        self.server.scan()  # now: the next one would number its siblings anew, in another test

    def add(self) -> str:
        before = set(self.books())
        self._count += 1
        self.server.add_book(self.library, "Newcomers", f"Newcomer {self._count:03}.cbz")
        self.server.scan()
        (new,) = set(self.books()) - before
        return new

    def touch(self, book: str) -> None:
        with Path(self.server.book(book)["url"]).open("ab") as file:
            file.write(b"\0" * 1_000)
        self.server.scan()

    def file(self, book: str) -> bytes:
        return Path(self.server.book(book)["url"]).read_bytes()

    def samples(self, entity: str) -> Mapping[str, Sequence[Value]]:
        return BOOK if entity == "book" else SERIES

    def refused(self, entity: str) -> Mapping[str, Value]:
        return {"releaseDate": "yesterday"} if entity == "book" else {"language": "no language"}

    @contextmanager
    def many(self, count: int) -> Iterator[Shelf]:
        with SandboxServer(Options(books=count)) as server:
            yield KomgaShelf(server)

    def _path(self, entity: str, entity_id: str) -> str:
        return f"/api/v1/{'books' if entity == 'book' else 'series'}/{quote(entity_id, safe='')}"

    def _read(self, entity: str, entity_id: str) -> Any:
        return self.server.call("GET", self._path(entity, entity_id))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("contract") / "Comics"
    make(folder, books=60)
    options = Options(folders=(folder,), base_path="/komga", task_status_s=0.2, heartbeat_s=0.2)
    with SandboxServer(options) as server:
        server.scan()
        yield KomgaShelf(server)


class TestKomga(HostContract):
    pass


def test_the_samples_are_all_fields_that_the_adapter_writes() -> None:
    from shelfhook.hosts.komga.normal import FIELDS

    for entity, samples in (("book", BOOK), ("series", SERIES)):
        assert {*samples, *(f"{name}Lock" for name in samples)} == set(FIELDS[entity])
        assert json.dumps(samples)

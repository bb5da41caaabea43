"""The contract suite against the fake, as the Kavita of today and as that of the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from shelfhook.hosts.kavita import connect
from shelfhook.model import Value
from shelfhook.ports import Clock, Host, HostOptions
from tests.hosts.contract import HostContract, Shelf
from tests.support.kavita import NEW, OLD, KavitaServer, Version, World
from tests.support.kavita.shapes import NEVER, PEOPLE, Doc
from tests.support.kavita.version import HIDDEN
from tests.support.kavita.world import ADMIN_KEY, PASSWORD, READER_KEY

TEXT = "Ünï サガ 'q\" <b> & \\ \U0001f4da"
IN_FILES: Doc = {
    "titleName": "From the file",
    "summary": "s",
    "releaseDate": "2001-02-03T00:00:00",
    "ageRating": 8,
    "language": "en",
    "isbn": "9781607066019",
    "genres": [{"id": 1, "title": "first"}],
    "tags": [{"id": 1, "title": "first"}],
    **{role: [{"id": 1, "name": "nobody"}] for role in PEOPLE},
}
BOOK: Mapping[str, Sequence[Value]] = {
    "title": ["A title", f"  {TEXT} "],
    "summary": ["One.\nTwo.", f" {TEXT} ", None],
    "releaseDate": ["2020-02-29", None],
    "ageRating": ["Teen", "mature 17+", 16, None],
    "language": ["fr", " ja ", None],
    "isbn": ["0-306-40615-2", " 9780306406157 "],
    "webLinks": [["https://a.test/x?y=ä"], "https://b.test, https://c.test", None],
    "sortOrder": [7.5, 7.1, 3],
    "genres": [["horror"], ["Zebra ", "alpha", "ALPHA", TEXT]],
    "tags": [["a"], ["Sci-Fi", "scifi", TEXT]],
    **{role: [["Ann Nocenti"], ["Bob 2", TEXT]] for role in PEOPLE},
}
SERIES: Mapping[str, Sequence[Value]] = {
    "titleSort": ["series, A", f" {TEXT}"],
    "localizedName": ["サガ", f" {TEXT}\n", None],
    "summary": ["s", f" {TEXT}\n", None],
    "releaseYear": [2012, "1999"],
    "ageRating": ["PG", 18, None],
    "language": ["EN", None],
    "publicationStatus": ["ended", "Ongoing"],
    "webLinks": [["http://a.test"], None],
    "genres": [["B ", "a"], [TEXT], None],
    "tags": [["x", "X"], []],
    **{role: [["Ann Nocenti"], [TEXT]] for role in PEOPLE},
}
CLEARS: Mapping[str, Value] = {"genres": [], "tags": None, "writers": [], "teams": None}


class KavitaShelf(Shelf):
    """A Kavita of today."""

    kind = "kavita"
    version: ClassVar[Version] = NEW
    edits_are_no_news = "no list of Kavita's shows an edit; its hub tells of it"

    def __init__(self, server: KavitaServer, library: int) -> None:
        self.server = server
        self.url = server.url
        self.library = str(library)
        self._count = 0

    @property
    def world(self) -> World:
        return self.server.world

    def connect(self, options: HostOptions, clock: Clock) -> Host:
        return connect(options, clock)

    def login(self) -> Mapping[str, str]:
        return {"api_key": ADMIN_KEY}

    def other_login(self) -> Mapping[str, str]:
        return {"username": "chief", "password": PASSWORD}

    def reader_login(self) -> Mapping[str, str]:
        return {"api_key": READER_KEY}

    def books(self) -> Sequence[str]:
        return [str(one) for one in self.world.chapters]

    def series(self) -> Sequence[str]:
        return [str(one) for one in self.world.series]

    def held(self, entity: str, entity_id: str) -> Mapping[str, Any]:
        number = int(entity_id)
        if entity == "book":
            chapter = dict(self.world.chapters[number])
            del chapter["lastModifiedUtc"]
            return _in_words({**chapter, "title": chapter["titleName"]}, "titleName")
        series = self.world.series[number]
        both = {**self.world.metadata[number], **{f"series {k}": v for k, v in series.items()}}
        names = {"titleSort": series["sortName"], "localizedName": series["localizedName"]}
        return _in_words({**both, **names}, "series sortName", "series localizedName")

    def alter(self, entity: str, entity_id: str) -> None:
        self._count += 1
        if entity == "series":
            self.world.series[int(entity_id)]["sortName"] = f"Altered {self._count}"
            return
        chapter = self.world.chapters[int(entity_id)]
        chapter["titleName"] = f"Altered {self._count}"
        body = {"chapterId": chapter["id"], "seriesId": 1}
        self.world.tell("ChapterUpdated", body)

    def delete(self, book: str) -> None:
        self.world.remove_chapter(int(book))

    def add(self) -> str:
        return str(self.world.add_chapter(next(iter(self.world.series)), **IN_FILES))

    def touch(self, book: str) -> None:
        self._count += 1
        self.world.replace_file(int(book), 2000 + self._count)

    def file(self, book: str) -> bytes:
        return self.world.contents[int(book)]

    def samples(self, entity: str) -> Mapping[str, Sequence[Value]]:
        known = BOOK if entity == "book" else SERIES
        return {k: [*v, CLEARS[k]] if k in CLEARS else v for k, v in known.items()}

    def refused(self, entity: str) -> Mapping[str, Value]:
        own: dict[str, Value] = {"publicationStatus": "Lost", "releaseYear": 12}
        if entity == "book":
            own = {"releaseDate": "2020-13-01", "isbn": "12345", "sortOrder": None}
        return {"ageRating": "Very old", "tags": ["???"], **own}

    @contextmanager
    def many(self, count: int) -> Iterator[Shelf]:
        with a_server(self.version, series=count // 50, issues=50) as (server, library):
            yield type(self)(server, library)


class OldShelf(KavitaShelf):
    """That of the contract: it wants a token, hides locks, and does not empty a chapter's lists."""

    version = replace(OLD, keeps_spelling=True)  # test_writing.py has what that costs

    def held(self, entity: str, entity_id: str) -> Mapping[str, Any]:
        # what it does not show cannot be kept as it is: tests/hosts/kavita/test_writing.py
        shown = super().held(entity, entity_id).items()
        return {name: value for name, value in shown if name not in HIDDEN}

    def samples(self, entity: str) -> Mapping[str, Sequence[Value]]:
        return BOOK if entity == "book" else SERIES


def _in_words(held: Doc, *left_out: str) -> Mapping[str, Any]:
    """Lists of objects as lists of words, and none of .NET's ways to say nothing."""
    shown = {name: _words(value) for name, value in held.items() if name not in left_out}
    if shown.get("releaseDate") is not None:
        day = shown["releaseDate"]
        shown["releaseDate"] = None if day == NEVER else day[:10]
    for name, table in (("ageRating", RATINGS), ("publicationStatus", STATUS)):
        shown[name] = table.get(shown[name], shown[name])
    return shown


def _words(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [one.get("title") or one.get("name") or one for one in value]
    return value


RATINGS = {0: None, 6: "PG", 8: "Teen", 10: "Mature 17+", 13: "Adults Only 18+"}
STATUS = {0: "Ongoing", 4: "Ended"}


@contextmanager
def a_server(version: Version, series: int, issues: int) -> Iterator[tuple[KavitaServer, int]]:
    world = World(version)
    library = world.add_library("Comics")
    world.add_library("Manga")
    for one in range(series):
        number = world.add_series(library, f"Series {one}")
        world.metadata[number]["releaseYear"] = 2000
        for role in PEOPLE:
            world.metadata[number][role] = [{"id": 1, "name": "nobody"}]
        for _ in range(issues):
            world.add_chapter(number, **IN_FILES)
    with KavitaServer(world) as server:
        yield server, library


@pytest.fixture(scope="module", params=[KavitaShelf, OldShelf])
def shelf(request: pytest.FixtureRequest) -> Iterator[KavitaShelf]:
    kind: type[KavitaShelf] = request.param
    with a_server(kind.version, series=8, issues=8) as (server, library):
        yield kind(server, library)


class TestKavita(HostContract):
    pass

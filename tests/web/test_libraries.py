"""Which library a path or a name means."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shelfhook.errors import Permanent, Unknown
from shelfhook.store import Store
from shelfhook.web.libraries import Libraries
from tests.web import desk

SHELVES = [
    {"id": "L1", "name": "Comics", "root": "/books/comics"},
    {"id": "L2", "name": "Manga", "root": "/books/comics/manga"},
    {"id": "L3", "name": "Twins", "root": "/books/twins"},
    {"id": "L4", "name": "twins", "root": "/books/twins"},
    {"id": "L5", "name": "Windows", "root": "D:\\Comics\\Marvel"},
    {"id": "L6", "name": "Rootless"},
    {"id": "L7", "name": "No whole path", "root": "books"},
]
PATHS = {
    "/books": Path("/mnt/books"),
    "/books/comics/manga/new": Path("/srv/new"),
    "d:/comics": Path("/mnt/Windows"),
}


@pytest.fixture
def libraries(store: Store, clock: desk.BusyClock) -> Libraries:
    desk.tell(store, clock, "host:komga", {"libraries": SHELVES})
    return Libraries(store.status, clock, {"komga": PATHS})


@pytest.mark.parametrize(
    ("path", "library"),
    [
        ("/books/comics", "L1"),
        ("/books/comics/", "L1"),
        ("/books/comics/Saga/1.cbz", "L1"),
        ("file:/books/comics/Saga%201.cbz", "L1"),
        ("/books/comics/manga/1.cbz", "L2"),  # the innermost wins
        ("/mnt/books/comics/Saga/1.cbz", "L1"),  # as this machine sees it
        ("/mnt/books/comics/manga/1.cbz", "L2"),
        ("/srv/new/1.cbz", "L2"),  # a part that is mapped by itself
        ("D:\\Comics\\Marvel\\1.cbz", "L5"),
        ("d:/comics/MARVEL/1.cbz", "L5"),
        ("/mnt/Windows/Marvel/1.cbz", "L5"),
        ("/mnt/Windows/marvel/1.cbz", "L5"),  # the host does not tell a from A
        ("/mnt/windows/Marvel/1.cbz", None),  # this machine does
        ("/books/comics2/1.cbz", None),
        ("/books", None),
        ("/books/twins/1.cbz", None),  # nobody can tell which of the two
        ("/mnt/books/twins/1.cbz", None),
        ("books/comics/1.cbz", None),
        ("/", None),
        ("", None),
    ],
)
def test_a_path_belongs_to_the_innermost_library_around_it(
    libraries: Libraries, path: str, library: str | None
) -> None:
    assert libraries.at("komga", path) == library


def test_a_path_that_climbs_is_refused(libraries: Libraries) -> None:
    with pytest.raises(Permanent):
        libraries.at("komga", "/books/comics/../../etc")


def test_of_an_unknown_host_nothing_is_known_yet(libraries: Libraries) -> None:
    assert libraries.at("other", "/books/comics") == ""
    assert libraries.find("other", "Comics") == "Comics"


@pytest.mark.parametrize(
    ("name", "library"),
    [("L1", "L1"), ("Comics", "L1"), ("cOMICS", "L1"), ("Twins", "L3"), ("twins", "L4")],
)
def test_a_name_is_found_in_any_case_if_only_one_library_has_it(
    libraries: Libraries, name: str, library: str
) -> None:
    assert libraries.find("komga", name) == library


@pytest.mark.parametrize("name", ["TWINS", "l1", "nothing"])
def test_a_name_of_none_or_of_two_is_unknown(libraries: Libraries, name: str) -> None:
    with pytest.raises(Unknown):
        libraries.find("komga", name)


def test_an_older_engine_told_no_roots(store: Store, clock: desk.BusyClock) -> None:
    desk.tell(store, clock, "host:komga", {"libraries": [{"id": "L1", "name": "Comics"}]})
    found = Libraries(store.status, clock)
    assert found.find("komga", "Comics") == "L1"
    assert found.at("komga", "/books/comics") is None


def test_a_path_without_an_end_takes_no_time(libraries: Libraries) -> None:
    """Its parts are compared as far as folders go: all of them took 3 s for 50,000."""
    path = "/books/comics" + "/a" * 400_000
    begun = time.process_time()
    assert libraries.at("komga", path) == "L1"
    assert libraries.at("komga", "/nowhere" + path) is None
    assert time.process_time() - begun < 10

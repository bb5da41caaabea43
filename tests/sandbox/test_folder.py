"""The made folder, and libraries without one."""

import time
import zipfile
from pathlib import Path

from comicfn2dict import comicfn2dict
from PIL import Image

from shelfhook.sandbox.folder import BROKEN, make
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    one, two = make(tmp_path / "a", 30, seed=9), make(tmp_path / "b", 30, seed=9)
    assert [b.path.name for b in one] == [b.path.name for b in two]
    assert all(a.path.read_bytes() == b.path.read_bytes() for a, b in zip(one, two, strict=True))
    assert [b.path.name for b in make(tmp_path / "c", 30, seed=8)] != [b.path.name for b in one]


def test_a_folder_has_as_many_books_as_asked_and_a_few_of_each_kind(tmp_path: Path) -> None:
    made = make(tmp_path / "Comics", 120, seed=3)
    assert len({book.path for book in made}) == 120
    assert {book.broken for book in made} == {None, *BROKEN}
    assert 0 < sum(book.comic_info for book in made) < 120


def test_pages_are_real_images(tmp_path: Path) -> None:
    for book in make(tmp_path / "Comics", 10, seed=3):
        with zipfile.ZipFile(book.path) as archive:
            for entry in archive.namelist():
                if entry != "ComicInfo.xml":
                    with archive.open(entry) as page, Image.open(page) as image:
                        image.load()
                        assert image.size == (120, 180)


def test_most_names_tell_a_series_and_a_number(tmp_path: Path) -> None:
    made = make(tmp_path / "Comics", 120, seed=3)
    told = [comicfn2dict(book.path.name) for book in made]
    assert sum("issue" in names for names in told) > 90
    assert sum("title" in names and "issue" in names for names in told) > 40


def test_a_hundred_thousand_books_are_listed_page_by_page_quickly() -> None:
    with SandboxServer(Options(books=100_000)) as server:
        library = server.libraries()[0]["id"]
        condition = {
            "allOf": [
                {"libraryId": {"operator": "is", "value": library}},
                {"deleted": {"operator": "isFalse"}},
            ]
        }
        seen: set[str] = set()
        book = ""
        begun = time.monotonic()
        for page in range(10):
            target = f"/api/v1/books/list?page={page}&size=500&sort=url"
            answer = server.call("POST", target, {"condition": condition})
            seen.update(book["id"] for book in answer["content"])
            book = answer["content"][0]["id"]
            server.call("PATCH", f"/api/v1/books/{book}/metadata", {"title": "x"})
        assert time.monotonic() - begun < 5
        assert (len(seen), answer["totalElements"]) == (5000, 100_000)


def test_several_libraries_share_the_books() -> None:
    with SandboxServer(Options(books=101, synthetic_libraries=2)) as server:
        libraries = [library["id"] for library in server.libraries()]
        counts = [sum(b["libraryId"] == one for b in server.books()) for one in libraries]
    assert counts == [51, 50]


def test_a_book_can_vanish(small: SandboxServer) -> None:
    book = small.books()[0]["id"]
    small.vanish(book)
    assert book not in [b["id"] for b in small.books()]
    assert small.status()["events"] == {"BookDeleted": 1}

"""Having Komga import files: what is asked of it, and what never is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
import requests
import responses

from shelfhook.errors import Gone, Permanent, Refused, Transient
from shelfhook.hosts.komga import KomgaHost
from shelfhook.ports import Import, Imports
from tests.hosts.komga import build
from tests.hosts.komga.build import URL

IMPORT = f"{URL}/api/v1/books/import"
LIBRARIES = [{"id": "L", "name": "Comics", "root": "/books"}, {"id": "M", "name": "x", "root": ""}]
FILE = "/incoming/Saga 2.cbz"


def known(mocked: responses.RequestsMock, root: str = "/books", **series: Any) -> None:
    libraries = [{**LIBRARIES[0], "root": root}, LIBRARIES[1]]
    mocked.get(f"{URL}/api/v1/libraries", json=libraries)
    mocked.get(f"{URL}/api/v1/series/0SER", json=build.series("0SER", **series))


def posts(mocked: responses.RequestsMock) -> list[Any]:
    return [json.loads(c.request.body or b"") for c in mocked.calls if c.request.method == "POST"]


def test_the_host_has_imports(komga: KomgaHost) -> None:
    imports: Imports = komga
    assert imports is komga
    assert "import" in komga.capabilities


@pytest.mark.parametrize(("move", "mode"), [(True, "MOVE"), (False, "COPY")])
def test_files_are_handed_over_in_one_call(
    mocked: responses.RequestsMock, komga: KomgaHost, move: bool, mode: str
) -> None:
    known(mocked)
    mocked.post(IMPORT, status=202)
    komga.import_books([Import(FILE, "0SER"), Import("/in/b", "0SER", "B", "Saga 3")], move=move)
    assert posts(mocked) == [
        {
            "books": [
                {"sourceFile": FILE, "seriesId": "0SER"},
                {
                    "sourceFile": "/in/b",
                    "seriesId": "0SER",
                    "upgradeBookId": "B",
                    "destinationName": "Saga 3",
                },
            ],
            "copyMode": mode,
        }
    ]
    assert len(mocked.calls) == 3, "a series is looked for once"


def test_nothing_to_import_is_no_call(komga: KomgaHost) -> None:
    with responses.RequestsMock():
        komga.import_books([], move=True)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([Import("Saga.cbz", "0SER")], "give the whole path"),
        ([Import("", "0SER")], "give the whole path"),
        ([Import("C:Saga.cbz", "0SER")], "give the whole path"),
        ([Import("/in/../books/a.cbz", "0SER")], "give the whole path"),
        ([Import(FILE, "0SER", name="../a")], "cannot be the name of a file"),
        ([Import(FILE, "0SER", name="a\\b")], "cannot be the name of a file"),
        ([Import(FILE, "0SER", name=" ")], "cannot be the name of a file"),
        ([Import(FILE, "0SER"), Import(FILE, "0OTHER")], "Saga 2.cbz is named twice"),
        ([Import("/a", "0SER", "B"), Import("/b", "0SER", "B")], "B is named twice"),
    ],
)
def test_what_cannot_be_imported_is_refused_before_anything_is_asked(
    komga: KomgaHost, files: Sequence[Import], words: str
) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent, match=words):
        komga.import_books(files, move=True)


@pytest.mark.parametrize(
    ("root", "file"),
    [
        ("/books", "/books/Saga/1.cbz"),
        ("/books/", "/books/1.cbz"),
        (r"C:\Books", r"c:\books\Saga\1.cbz"),
        (r"C:\Books", "C:/Books/Saga/1.cbz"),
        (r"\\nas\books", r"\\NAS\books\1.cbz"),
    ],
)
def test_a_file_in_a_library_is_refused_and_with_it_all_others(
    mocked: responses.RequestsMock, komga: KomgaHost, root: str, file: str
) -> None:
    mocked.get(f"{URL}/api/v1/libraries", json=[{**LIBRARIES[0], "root": root}])
    with pytest.raises(Permanent, match="lies in the library Comics"):
        komga.import_books([Import(FILE, "0SER"), Import(file, "0SER")], move=True)


@pytest.mark.parametrize(
    ("root", "file"),
    [
        ("/books", "/books2/1.cbz"),
        ("/books", "/Books/1.cbz"),
        (r"C:\Books", r"D:\Books\1.cbz"),
        (r"C:\Books", "/Books/1.cbz"),
    ],
)
def test_a_file_beside_a_library_is_none_of_its(
    mocked: responses.RequestsMock, komga: KomgaHost, root: str, file: str
) -> None:
    known(mocked, root)
    mocked.post(IMPORT, status=202)
    komga.import_books([Import(file, "0SER")], move=True)
    assert len(posts(mocked)) == 1


def test_a_series_that_is_not_there_is_gone_where_komga_would_say_nothing(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(f"{URL}/api/v1/libraries", json=LIBRARIES)
    mocked.get(f"{URL}/api/v1/series/0SER", status=404)
    with pytest.raises(Gone, match="series 0SER is no longer there"):
        komga.import_books([Import(FILE, "0SER")], move=True)


def test_a_series_in_the_trash_takes_no_files(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    known(mocked, deleted=True)
    with pytest.raises(Gone, match="in the trash of mine"):
        komga.import_books([Import(FILE, "0SER")], move=True)


def test_a_reader_is_told_which_right_is_missing(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    known(mocked)
    mocked.post(IMPORT, status=403)
    with pytest.raises(Refused, match="the right ADMIN"):
        komga.import_books([Import(FILE, "0SER")], move=True)


@pytest.mark.parametrize("trouble", [{"body": requests.ConnectionError("lost")}, {"status": 503}])
def test_an_import_whose_answer_was_lost_is_not_sent_again(
    mocked: responses.RequestsMock, komga: KomgaHost, trouble: dict[str, Any]
) -> None:
    known(mocked)
    mocked.post(IMPORT, **trouble)
    with pytest.raises(Transient):
        komga.import_books([Import(FILE, "0SER")], move=True)
    assert len(posts(mocked)) == 1

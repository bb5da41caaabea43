"""The sandbox's import: what is found out later is told by an event."""

import json
from pathlib import Path

import pytest

from shelfhook.sandbox.addition import add_book
from shelfhook.sandbox.client import SandboxError
from shelfhook.sandbox.server import SandboxServer
from tests.sandbox.test_events import listening


def _told(server: SandboxServer, **book: str) -> dict:
    """Import one book and give what BookImported says of it."""
    with listening(server) as lines:
        body = {"books": [book], "copyMode": "MOVE"}
        server.call("POST", "/api/v1/books/import", body)
        for line in lines:
            if line == "event:BookImported":
                return json.loads(next(lines).removeprefix("data:"))
    raise AssertionError("the stream ended")


def test_an_import_is_told_of_the_book_first(sandbox: SandboxServer, tmp_path: Path) -> None:
    source = add_book(tmp_path, "in", "new")
    series = sandbox.books()[0]["seriesId"]
    told = _told(sandbox, sourceFile=str(source), seriesId=series)
    assert sandbox.wait_idle()
    (book,) = [book for book in sandbox.books() if book["name"] == "new"]
    assert told == {
        "bookId": book["id"],
        "sourceFile": str(source),
        "success": True,
        "message": None,
    }
    assert sandbox.status()["events"]["BookAdded"] == 1
    assert (book["seriesId"], book["media"]["status"]) == (series, "READY")


@pytest.mark.parametrize(
    "trouble", ["missing", "in a library", "of another series", "taken", "taken, replaced"]
)
def test_an_import_that_fails_leaves_the_file_and_says_why(
    sandbox: SandboxServer, tmp_path: Path, trouble: str
) -> None:
    books = sandbox.books()
    book = books[0]
    other = next(one for one in books if one["seriesId"] != book["seriesId"])
    sibling = next(
        one for one in books[1:] if one["seriesId"] == book["seriesId"] and one is not book
    )
    source = add_book(tmp_path, "in", "new")
    taken = source.rename(source.with_name(Path(book["url"]).name))
    wish, code = {
        "missing": ({"sourceFile": str(tmp_path / "none.cbz")}, "ERR_1018"),
        "in a library": ({"sourceFile": other["url"]}, "ERR_1019"),
        "of another series": ({"sourceFile": str(taken), "upgradeBookId": other["id"]}, "ERR_1020"),
        "taken, replaced": (
            {"sourceFile": str(taken), "upgradeBookId": sibling["id"]},
            "ERR_1021",
        ),
        "taken": ({"sourceFile": str(taken)}, "ERR_1021"),
    }[trouble]
    told = _told(sandbox, seriesId=book["seriesId"], **wish)
    assert (told["success"], told["message"], told["bookId"]) == (False, code, None)
    assert taken.exists()
    assert sandbox.wait_idle()
    assert sandbox.books() == books


def test_a_series_that_is_not_there_is_not_even_told(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    body = {"books": [{"sourceFile": str(tmp_path / "a"), "seriesId": "0"}], "copyMode": "COPY"}
    sandbox.call("POST", "/api/v1/books/import", body)
    assert sandbox.wait_idle()
    assert sandbox.status()["events"] == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"books": [], "copyMode": "STEAL"},
        {"books": {}, "copyMode": "MOVE"},
        {"books": ["a"], "copyMode": "MOVE"},
        {"books": [{"seriesId": "0"}], "copyMode": "MOVE"},
    ],
)
def test_a_body_that_is_no_import_is_refused(sandbox: SandboxServer, body: dict) -> None:
    with pytest.raises(SandboxError):
        sandbox.call("POST", "/api/v1/books/import", body)


def test_a_file_of_the_same_name_takes_the_old_ones_place(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    old = next(book for book in sandbox.books() if book["media"]["status"] == "READY")
    source = add_book(tmp_path, "in", Path(old["url"]).stem, pages=7)
    wish = {"sourceFile": str(source), "seriesId": old["seriesId"], "upgradeBookId": old["id"]}
    assert _told(sandbox, **wish)["success"]
    assert sandbox.wait_idle()
    (now,) = [book for book in sandbox.books() if book["url"] == old["url"]]
    assert now["media"]["pagesCount"] == 7

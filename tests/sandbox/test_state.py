"""The whole state as one text: it moves when something was set, and only then."""

import json
from collections.abc import Callable

import pytest

from shelfhook.sandbox.addition import grey_png
from shelfhook.sandbox.server import SandboxServer
from tests.sandbox.test_covers import a_book, a_series, covers, upload

Set = Callable[[SandboxServer], object]


def collect(server: SandboxServer) -> object:
    body = {"name": "Sea", "ordered": True, "seriesIds": [server.books()[0]["seriesId"]]}
    return server.call("POST", "/api/v1/collections", body)


@pytest.mark.parametrize(
    "change",
    [
        lambda server: server.call("PATCH", f"/api/v1/{a_book(server)}/metadata", {"title": "x"}),
        lambda server: server.call(
            "PATCH", f"/api/v1/{a_book(server)}/metadata", {"titleLock": True}
        ),
        lambda server: server.call(
            "PATCH", f"/api/v1/{a_series(server)}/metadata", {"publisher": "x"}
        ),
        collect,
        lambda server: upload(server, a_book(server), grey_png(1)),
        lambda server: upload(server, a_series(server), grey_png(1), selected=False),
        lambda server: server.vanish(server.books()[3]["id"]),
    ],
    ids=["title", "lock", "publisher", "collection", "cover", "series cover", "vanished"],
)
def test_whatever_is_set_shows_in_the_state(small: SandboxServer, change: Set) -> None:
    before = small.state()
    change(small)
    assert (small.state() == before) is False


def test_what_is_read_or_set_and_taken_back_does_not_show(small: SandboxServer) -> None:
    before = small.state()
    book, series = a_book(small), a_series(small)
    covers(small, book)
    covers(small, series)
    metadata = small.call("GET", f"/api/v1/{book}")["metadata"]
    small.call("PATCH", f"/api/v1/{book}/metadata", {"title": "x", "tags": ["a"]})
    small.call("PATCH", f"/api/v1/{book}/metadata", {"title": metadata["title"], "tags": []})
    small.call("PATCH", f"/api/v1/{series}/metadata", {"genres": ["a"]})
    small.call("PATCH", f"/api/v1/{series}/metadata", {"genres": []})
    made = small.call(
        "POST",
        "/api/v1/readlists",
        {"name": "Sea", "ordered": True, "summary": "", "bookIds": [book.partition("/")[2]]},
    )
    small.call("DELETE", f"/api/v1/readlists/{made['id']}")
    cover = upload(small, book, grey_png(1)).json()["id"]
    small.call("DELETE", f"/api/v1/{book}/thumbnails/{cover}")
    assert (small.state() == before) is True


def test_words_have_no_order_but_people_do(small: SandboxServer) -> None:
    path = f"/api/v1/{a_book(small)}/metadata"
    people = [{"name": name, "role": "writer"} for name in ("Ada", "Jun")]
    small.call("PATCH", path, {"tags": ["sea", "maps"], "authors": people})
    before = small.state()
    small.call("PATCH", path, {"tags": ["maps", "sea"]})
    assert (small.state() == before) is True
    small.call("PATCH", path, {"authors": people[::-1]})
    assert (small.state() == before) is False


def test_a_scan_of_an_unchanged_folder_does_not_show(sandbox: SandboxServer) -> None:
    before = sandbox.state()
    sandbox.scan()
    assert (sandbox.state() == before) is True


def test_the_state_names_fields_lists_and_covers(small: SandboxServer) -> None:
    collect(small)
    upload(small, a_book(small), grey_png(1))
    state = json.loads(small.state())
    assert len(state["books"]) == 120
    assert "lastModified" not in state["books"][0]["metadata"]
    assert [one["name"] for one in state["lists"]["collections"]] == ["Sea"]
    (covered,) = state["covers"].values()
    assert [one["selected"] for one in covered] == [False, True]

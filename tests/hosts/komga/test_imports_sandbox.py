"""Imports and the history, with the adapter and the sandbox over a real socket and real files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import Refused
from shelfhook.hosts.komga import KomgaHost, connect
from shelfhook.ports import HostOptions, Import
from shelfhook.sandbox.addition import add_book
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    root = tmp_path / "Comics"
    for number in (1, 2):
        add_book(root, "Tides", f"Tides {number}")
    with SandboxServer(Options(folders=(root,))) as running:
        yield running


@pytest.fixture
def komga(server: SandboxServer) -> Iterator[KomgaHost]:
    host = adapter(server, server.admin_key)
    yield host
    host.close()


def adapter(server: SandboxServer, key: str) -> KomgaHost:
    return connect(HostOptions("mine", "komga", server.url, api_key=key), SystemClock())


def series(server: SandboxServer) -> str:
    return str(server.books()[0]["seriesId"])


def named(server: SandboxServer, name: str) -> dict[str, Any]:
    (book,) = [book for book in server.books() if book["name"] == name]
    return book  # type: ignore[no-any-return] # a sandbox's answers are read freely


@pytest.mark.parametrize("move", [True, False])
def test_a_file_comes_into_its_series_and_into_the_history(
    server: SandboxServer, komga: KomgaHost, tmp_path: Path, move: bool
) -> None:
    source = add_book(tmp_path, "incoming", "found", pages=3)
    komga.import_books([Import(str(source), series(server), name="Tides 3")], move=move)
    assert server.wait_idle()
    book = komga.item(named(server, "Tides 3")["id"])
    assert (book.series, book.pages) == (series(server), 3)
    assert source.exists() is not move
    assert Path(book.path).exists()
    (told,) = komga.history()
    assert (told.kind, told.book, told.series) == ("imported", book.id, book.series)
    assert told.file == book.path
    assert told.details == {"source": str(source), "upgrade": "No"}


def test_a_book_that_is_replaced_leaves_its_metadata_and_its_places(
    server: SandboxServer, komga: KomgaHost, tmp_path: Path
) -> None:
    old, other = named(server, "Tides 1"), named(server, "Tides 2")
    komga.write("book", old["id"], {"title": "High Water"})
    komga.write_list("read-list", "Sea", [other["id"], old["id"]], ordered=True)
    source = add_book(tmp_path, "incoming", "Tides 1 (better)", pages=4)
    komga.import_books([Import(str(source), series(server), replaces=old["id"])], move=True)
    assert server.wait_idle()
    new = named(server, "Tides 1 (better)")
    assert new["metadata"]["title"] == "High Water"
    found = komga.find_list("read-list", "Sea")
    assert found is not None
    assert found.members == (other["id"], new["id"])
    assert len(server.books()) == 2
    assert not Path(old["url"]).exists()
    assert [(one.kind, one.book) for one in komga.history()] == [
        ("imported", new["id"]),
        ("file-deleted", old["id"]),
    ]


def test_a_file_that_is_not_there_leaves_no_trace_but_komgas_event(
    server: SandboxServer, komga: KomgaHost, tmp_path: Path
) -> None:
    komga.import_books([Import(str(tmp_path / "nothing.cbz"), series(server))], move=True)
    assert server.wait_idle()
    assert list(komga.history()) == []
    assert server.status()["events"] == {"BookImported": 1}


def test_a_reader_may_neither_import_nor_see_the_history(
    server: SandboxServer, tmp_path: Path
) -> None:
    host = adapter(server, server.reader_key)
    source = add_book(tmp_path, "incoming", "x")
    with pytest.raises(Refused, match="the right ADMIN"):
        host.import_books([Import(str(source), series(server))], move=True)
    with pytest.raises(Refused, match="the right ADMIN"):
        list(host.history())
    host.close()


def test_a_history_of_many_pages_is_read_to_its_end(
    server: SandboxServer, komga: KomgaHost, tmp_path: Path
) -> None:
    files = [add_book(tmp_path, "incoming", f"Many {number:03}") for number in range(103)]
    wishes = [Import(str(file), series(server)) for file in files]
    komga.import_books(wishes, move=True)
    assert server.wait_idle()
    told = [one.details["source"] for one in komga.history()]
    assert told == [str(file) for file in reversed(files)]

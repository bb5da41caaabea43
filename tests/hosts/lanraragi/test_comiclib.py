"""What is peculiar to a real ComicLib."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import Gone, Permanent
from tests.hosts.lanraragi.conftest import Adapter
from tests.hosts.lanraragi.shelf import ComicLibShelf
from tests.support.comiclib import ComicLib, serving
from tests.support.waiting import LIMIT, Background

HOOK = """
import urllib.request

class Scanner:
    def scan(self, path, id, metadata, prev_scanners):
        if prev_scanners:
            urllib.request.urlopen("{url}", data=id.encode(), timeout=60).close()
        return False
"""
NOBODY = "00" + "e" * 38


class Hooked:
    """Where the scanner tells of an archive: the id goes to `ids`, the reply waits for `answer`."""

    def __init__(self) -> None:
        self.ids: queue.Queue[str] = queue.Queue()
        self.answer = threading.Event()
        hooked = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def do_POST(self) -> None:
                hooked.ids.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
                hooked.answer.wait(LIMIT)
                self.send_response(204)
                self.end_headers()

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/"


@pytest.fixture
def hooked(comiclib: ComicLib) -> Iterator[Hooked]:
    hooked = Hooked()
    with hooked.http:
        serve = threading.Thread(target=hooked.http.serve_forever, args=(0.01,))
        serve.start()
        hook = comiclib.folder / "hook.py"  # its name comes after that of the scanner of CBZ
        hook.write_text(HOOK.format(url=hooked.url))
        try:
            yield hooked
        finally:
            hook.unlink()
            hooked.answer.set()
            hooked.http.shutdown()
            serve.join()


@pytest.fixture
def shelf(comiclib: ComicLib) -> ComicLibShelf:
    return ComicLibShelf(comiclib)


class _Until(SystemClock):
    """Its first pause lasts until the scanner has written down what it told of."""

    def __init__(self, hooked: Hooked, scan: Background[None]) -> None:
        super().__init__()
        self._hooked, self._scan = hooked, scan
        self.pauses = 0

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.pauses += 1
        self._hooked.answer.set()
        self._scan.result(60)
        return event.is_set()


def test_an_archive_that_the_scanner_tells_of_before_it_is_there_is_asked_for_again(
    comiclib: ComicLib, adapter: Adapter, hooked: Hooked
) -> None:
    comiclib.put("Announced", 3)
    scan = Background(comiclib.scan)
    archive = hooked.ids.get(timeout=60)
    clock = _Until(hooked, scan)

    item = adapter(comiclib.url, clock=clock).item(archive)

    assert clock.pauses == 1, "the first answer was a 400, the second was not"
    assert (item.fields["title"], item.pages) == ("Announced", 3)


def test_an_archive_that_the_scanner_tells_of_can_be_written_at_once(
    comiclib: ComicLib, adapter: Adapter, hooked: Hooked, shelf: ComicLibShelf
) -> None:
    comiclib.put("Announced too")
    scan = Background(comiclib.scan)
    archive = hooked.ids.get(timeout=60)
    clock = _Until(hooked, scan)

    adapter(comiclib.url, clock=clock).write("book", archive, {"tags": ["new"]})

    assert clock.pauses == 1
    assert shelf.held("book", archive)["tags"] == ["new"]
    assert len(shelf.held("book", archive)["added"]) == 1


def test_the_day_of_adding_is_not_shown_and_outlives_all_tags(
    comiclib: ComicLib, adapter: Adapter, shelf: ComicLibShelf
) -> None:
    host, archive = adapter(comiclib.url), comiclib.add()
    (stamp,) = shelf.held("book", archive)["added"]

    host.write("book", archive, {"tags": None})

    assert shelf.held("book", archive)["added"] == [stamp]
    assert host.item(archive).fields["tags"] == []
    with pytest.raises(Permanent, match="kept by the server"):
        host.write("book", archive, {"tags": ["a", "date_added:1"]})


def test_writing_tags_leaves_the_title_letter_by_letter(
    comiclib: ComicLib, adapter: Adapter, shelf: ComicLibShelf
) -> None:
    host, archive = adapter(comiclib.url), comiclib.add()
    comiclib.sql("UPDATE archives SET title = ' As  it is ' WHERE id = ?", archive)

    host.write("book", archive, {"tags": ["artist:Fiona"]})

    assert shelf.held("book", archive)["title"] == " As  it is "


def test_tags_that_differ_in_white_space_alone_become_one(
    comiclib: ComicLib, adapter: Adapter, shelf: ComicLibShelf
) -> None:
    host, archive = adapter(comiclib.url), comiclib.add()
    comiclib.sql("INSERT INTO tags VALUES (?, 'a'), (?, ' a')", archive, archive)

    host.write("book", archive, {"title": "Written"})

    assert shelf.held("book", archive)["tags"] == ["a"]


def test_nothing_is_written_for_an_archive_that_nobody_has(
    comiclib: ComicLib, adapter: Adapter
) -> None:
    with pytest.raises(Gone, match=NOBODY):
        adapter(comiclib.url).write("book", NOBODY, {"tags": ["stray"]})
    assert comiclib.sql("SELECT * FROM tags WHERE archive_id = ?", NOBODY) == []


def test_what_the_server_refuses_with_a_200_is_an_error_in_its_words(
    comiclib: ComicLib, adapter: Adapter, tmp_path: Path
) -> None:
    with serving(tmp_path / "other", 1, DISPLAY_TITLE_FORMAT="{title} of {path}") as other:
        host, (archive,) = adapter(other.url), other.ids()
        with pytest.raises(Permanent, match="ambiguity in modifying the title"):
            host.write("book", archive, {"tags": ["a"]})

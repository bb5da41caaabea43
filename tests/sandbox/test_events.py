"""The event stream."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer


@contextmanager
def listening(server: SandboxServer, key: str | None = None) -> Iterator[Iterator[str]]:
    """Give the stream's lines once the server counts us among its clients."""
    with requests.get(
        f"{server.url}/sse/v1/events",
        headers={"X-API-Key": key or server.admin_key},
        stream=True,
        timeout=10,
    ) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        yield stream.iter_lines(chunk_size=1, decode_unicode=True)


def _events(lines: Iterator[str], count: int) -> list[tuple[str, dict]]:
    found = []
    name = ""
    for line in lines:
        if line.startswith("event:"):
            name = line.removeprefix("event:")
        elif line.startswith("data:"):
            found.append((name, json.loads(line.removeprefix("data:"))))
            if len(found) == count:
                return found
    return found


def test_a_patch_echoes_even_when_nothing_changes(small: SandboxServer) -> None:
    book = small.books()[0]
    ids = {"seriesId": book["seriesId"], "libraryId": book["libraryId"]}
    with listening(small) as lines:
        small.call("PATCH", f"/api/v1/books/{book['id']}/metadata", {})
        found = _events(lines, 2)
    assert found == [("BookChanged", {"bookId": book["id"], **ids}), ("SeriesChanged", ids)]


def test_many_books_patched_at_once_echo_each_and_their_series_once(small: SandboxServer) -> None:
    books = small.books()[:3]
    with listening(small) as lines:
        small.call("PATCH", "/api/v1/books/metadata", {book["id"]: {} for book in books})
        found = _events(lines, 4)
    assert [name for name, _ in found] == ["BookChanged"] * 3 + ["SeriesChanged"]
    assert small.wait_idle()
    assert small.status()["events"] == {"BookChanged": 3, "SeriesChanged": 1}


def test_an_analysis_echoes_the_book_its_cover_and_its_series(sandbox: SandboxServer) -> None:
    book = next(book for book in sandbox.books() if book["media"]["status"] == "READY")
    with listening(sandbox) as lines:
        sandbox.call("POST", f"/api/v1/books/{book['id']}/analyze")
        assert sandbox.wait_idle()
        count = sum(sandbox.status()["events"].values())
        names = [name for name, _ in _events(lines, count)]
    assert names[:2] == ["BookChanged", "ThumbnailBookAdded"]
    assert names[-1] == "SeriesChanged"


def test_a_patched_series_echoes_at_once_and_alone(small: SandboxServer) -> None:
    series = small.books()[0]["seriesId"]
    small.call("PATCH", f"/api/v1/series/{series}/metadata", {})
    assert small.wait_idle()
    assert small.status()["events"] == {"SeriesChanged": 1}


def test_a_scan_tells_of_a_new_book_before_its_analysis(sandbox: SandboxServer) -> None:
    library = sandbox.libraries()[0]["id"]
    with listening(sandbox) as lines:
        sandbox.add_book(library, "New Shores", "one")
        sandbox.scan()
        found = [name for name, _ in _events(lines, 5)]
    assert found == [
        "SeriesAdded",
        "BookAdded",
        "BookChanged",
        "ThumbnailBookAdded",
        "SeriesChanged",
    ]


def test_a_scan_tells_of_a_vanished_book(sandbox: SandboxServer) -> None:
    book = sandbox.books()[0]
    with listening(sandbox) as lines:
        Path(book["url"]).unlink()
        sandbox.scan()
        assert [name for name, _ in _events(lines, 2)] == ["BookChanged", "SeriesChanged"]


def test_heartbeats_are_comments_and_only_administrators_see_the_queue() -> None:
    options = Options(books=10, heartbeat_s=0.02, task_status_s=0.03)
    with SandboxServer(options) as server:
        server.control("PUT", "/sandbox/tasks", {"stuck": {"HashBook": 3}})
        with listening(server) as lines:
            told = _events(lines, 1)
        with listening(server, server.reader_key) as lines:
            heard = [next(lines) for _ in range(9)]
    assert told == [("TaskQueueStatus", {"count": 3, "countByType": {"HashBook": 3}})]
    assert set(heard) <= {":connected", ":heartbeat", ""}


def test_a_stream_breaks_after_as_many_events_as_asked(small: SandboxServer) -> None:
    small.set_faults(sse_break={"events": 1, "count": 1})
    with listening(small) as lines:
        for _ in range(2):
            small.control(
                "POST", "/sandbox/events", {"event": "BookAdded", "data": {"bookId": "B"}}
            )
        assert len(_events(lines, 1)) == 1
        with pytest.raises(requests.exceptions.ChunkedEncodingError):  # cut, not ended
            _events(lines, 1)
    with listening(small) as lines:
        for _ in range(2):
            small.control("POST", "/sandbox/events", {"event": "BookAdded"})
        assert len(_events(lines, 2)) == 2


def test_the_end_of_the_server_ends_its_streams() -> None:
    server = SandboxServer(Options(books=10))
    server.start()
    with listening(server) as lines:
        assert server.wait_streams() == 1
        server.stop()
        assert _events(lines, 1) == []

"""The journal of what was asked."""

import threading
from pathlib import Path

import requests

from shelfhook.sandbox.journal import Filter, Journal, read_file
from shelfhook.sandbox.server import SandboxServer


def _entry(method: str = "PATCH", status: int = 204, book: str = "B") -> dict[str, object]:
    route = "/api/v1/books/{bookId}/metadata"
    return {
        "method": method,
        "path": "/p",
        "route": route,
        "status": status,
        "bookId": book,
        "applied": status < 400,
    }


def test_an_entry_says_what_was_asked_and_what_was_answered(
    small: SandboxServer, session: requests.Session
) -> None:
    session.headers["X-API-Key"] = small.admin_key
    book = small.books()[0]["id"]
    session.get(f"{small.url}/api/v1/books/{book}")
    session.post(f"{small.url}/api/v1/books/list?size=1", json={})
    session.patch(f"{small.url}/api/v1/books/{book}/metadata", json={"title": "x"})
    entries = small.journal()
    assert [entry["seq"] for entry in entries] == [1, 2, 3]
    assert entries[1]["query"] == "size=1"
    last = entries[2]
    assert (last["method"], last["status"], last["bookId"]) == ("PATCH", 204, book)
    assert (last["body"], last["user"]) == ({"title": "x"}, small.options.admin.email)
    assert small.writes() == [last]
    assert small.journal(since=2) == [last]
    assert small.journal(method="get") == entries[:1]
    assert small.summary()["routes"] == {
        "GET /api/v1/books/{bookId}": 1,
        "POST /api/v1/books/list": 1,
        "PATCH /api/v1/books/{bookId}/metadata": 1,
    }
    small.clear_journal()
    assert small.journal() == []


def test_one_may_wait_for_entries() -> None:
    journal = Journal(10, None)
    found: list[object] = []
    which = Filter(method="PATCH", applied=True)
    waiter = threading.Thread(target=lambda: found.extend(journal.wait(which, 2, 10)))
    waiter.start()
    for status in (204, 500, 204):
        journal.record(_entry(status=status))
    waiter.join(10)
    assert len(found) == 2
    assert journal.wait(which, 3, 0.01) != []


def test_memory_keeps_the_newest_and_the_file_keeps_all(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    journal = Journal(2, file)
    for number in range(5):
        journal.record(_entry(book=str(number)))
    assert [e["bookId"] for e in journal.entries(Filter())] == ["3", "4"]
    journal.close()
    with file.open("ab") as torn:
        torn.write(b'{"seq": 6, "meth')
    assert [e["bookId"] for e in read_file(file)] == ["0", "1", "2", "3", "4"]


def test_a_refused_request_is_in_the_journal_too(
    small: SandboxServer, session: requests.Session
) -> None:
    session.get(f"{small.url}/api/v1/books/0NOBODY")
    session.get(f"{small.url}/api/v9/shelves", headers={"X-API-Key": small.admin_key})
    statuses = [(e["status"], e["route"]) for e in small.journal()]
    assert statuses == [(401, "/api/v1/books/{bookId}"), (404, "(unknown)")]

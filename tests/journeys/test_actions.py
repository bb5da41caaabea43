"""Shown, applied, taken back: 200 real files at a real process, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shelfhook.sandbox.process import SandboxProcess
from tests.journeys.library import Books

ROUTINES = """
[routines.tidy]
filter = { status = ["READY"] }
actions = [
  { name = "normalize" },
  { name = "tags", add = ["checked"] },
  { name = "embed" },
]
[routines.tidy-again]
only_changed = true
actions = [{ name = "normalize" }, { name = "tags", add = ["checked"] }]
"""
BOOKS = 200
EDITED = 10
"""5 % of them."""


@pytest.fixture
def books(sandbox: SandboxProcess, tmp_path: Path) -> Books:
    sandbox.scan(wait=60)
    return Books(tmp_path, sandbox, tmp_path / "Comics", ROUTINES)


def changes_of(books: Books, job: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Every change of a job, in an order of its own, without what only the engine needs."""
    shown = books.document("jobs", job["id"], "--limit", "1000")
    found = []
    for item in shown["items"]:
        for change in item["changes"]:
            after = {
                name: value
                for name, value in change["after"].items()
                if name not in ("path", "size", "mtime_ns")
            }
            found.append(
                (change["kind"], change["entity_id"], change["command"] or "", json.dumps(after))
            )
    return sorted(found)


def test_what_is_shown_is_applied_and_comes_back_byte_for_byte(books: Books) -> None:
    before = books.state()
    table, code = books.shelfhook("run", "tidy", "--dry-run")
    assert code == 0
    assert "→" in table
    shown = books.document("jobs")["jobs"][0]
    assert shown["counts"]["planned"] > BOOKS * 0.9
    assert books.state() == before

    applied = books.document("apply", shown["id"])
    assert applied["counts"]["changed"] == shown["counts"]["planned"]
    assert applied["counts"]["failed"] == applied["counts"]["skipped"] == 0
    assert changes_of(books, applied) == changes_of(books, shown)
    after = books.state()
    assert after[0] != before[0]
    assert after[1] != before[1]

    undone = books.document("undo", applied["id"])
    assert undone["counts"]["changed"] == applied["counts"]["changed"]
    assert books.state() == before


def test_what_was_edited_by_hand_meanwhile_is_a_conflict_and_left_alone(books: Books) -> None:
    job = books.document("run", "tidy")
    sound = [one for one in books.sandbox.books() if one["media"]["status"] == "READY"]
    edited = sound[:: BOOKS // EDITED]
    assert len(edited) == EDITED
    for book in edited:
        path = f"/api/v1/books/{book['id']}/metadata"
        books.sandbox.call("PATCH", path, {"summary": "written by hand"})
    by_hand = {book["id"]: books.sandbox.book(book["id"])["metadata"] for book in edited}

    undone = books.document("undo", job["id"])
    out, _ = books.shelfhook("findings", "--job", undone["id"], "--format", "json")
    assert {one["item_id"] for one in json.loads(out)} == set(by_hand)
    for book, metadata in by_hand.items():
        now = books.sandbox.book(book)["metadata"]
        assert now | {"lastModified": ""} == metadata | {"lastModified": ""}
    assert undone["counts"]["failed"] == 0


def test_a_second_run_writes_nothing_anywhere(books: Books) -> None:
    books.document("run", "tidy")
    books.sandbox.wait_idle()
    files = books.files()
    books.sandbox.clear_journal()
    second = books.document("run", "tidy")
    assert second["counts"]["changed"] == 0
    assert books.sandbox.writes() == []
    assert books.files() == files


def test_where_only_changes_count_an_unchanged_item_costs_next_to_nothing(books: Books) -> None:
    books.sandbox.clear_journal()
    first = books.document("run", "tidy-again")
    calls = books.calls()
    assert first["counts"]["changed"] > 0
    books.sandbox.clear_journal()
    second = books.document("run", "tidy-again")
    assert (second["counts"]["changed"], second["processed"]) == (0, BOOKS)
    assert books.sandbox.writes() == []
    assert books.calls() * 20 <= calls

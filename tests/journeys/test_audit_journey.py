"""`audit` from the command line: what is found, how it is exported and shown at the host."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.library import Books, library
from tests.support import archives, faulty_archives, faulty_contents
from tests.support.planting import Planting

ROUTINES = """
[routines.audit]
actions = [{ name = "audit", metadata = false, tag = "Broken", read_list = "Needs attention" }]

[routines.missing]
filter = { name = "sound *" }
actions = [{ name = "audit", require = ["releaseDate"], require_comicinfo = true }]
"""
SOUND = 15
REPAIRED = "archive.crc"


def faults() -> dict[str, Planting]:
    """One fault of each code, of those in files that the host lists."""
    found: dict[str, Planting] = {}
    for fault in [*faulty_archives.FAULTS, *faulty_contents.FAULTS]:
        if fault.suffix == ".cbz" and fault.host_pages is None:
            found.setdefault(fault.code, fault)
    return found


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    root = tmp_path / "Comics"
    for name in ("Sound", "Faulty"):
        (root / name).mkdir(parents=True)
    archives.sound(root / "Sound", SOUND)
    for code, fault in faults().items():
        (root / "Faulty" / f"{code}.cbz").write_bytes(fault.content())
    with library(tmp_path, ROUTINES) as made:
        yield made


def tagged(books: Books) -> set[str]:
    """Names of the books with our tag."""
    found = [one for one in books.sandbox.books() if one["metadata"]["tags"] == ["broken"]]
    return {Path(one["url"]).name for one in found}


def listed(books: Books) -> set[str]:
    """Names of the books on our read list."""
    names = {one["id"]: Path(one["url"]).name for one in books.sandbox.books()}
    return {names[one] for one in books.lists("readlists")["Needs attention"]["bookIds"]}


def test_every_fault_is_found_and_shown_at_the_host_until_the_undo(books: Books) -> None:
    with books.there_and_back("audit") as shown:
        found = books.findings(shown)
        codes = {(one["item"], one["code"]) for one in found}
        assert {(f"{code}.cbz", code) for code in faults()} <= codes
        assert not [one for one in found if "sound" in one["item"] and one["severity"] != "info"]
        assert all(one["remedy"] and one["message"] for one in found)
        bad = {one["item"] for one in found if one["severity"] == "error"}
        assert len(bad) > 15
        assert tagged(books) == listed(books) == bad
    assert tagged(books) == set()
    assert "Needs attention" not in books.lists("readlists")


def test_findings_are_exported_whole_in_every_form(books: Books) -> None:
    job = books.document("run", "audit", "--dry-run")
    rows = books.findings(job)
    text, _ = books.shelfhook("findings", "--job", job["id"], "--format", "csv")
    assert list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))) == rows
    page, _ = books.shelfhook("findings", "--job", job["id"], "--format", "html")
    assert page.lstrip().lower().startswith("<!doctype html>")
    for row in rows:
        assert row["code"] in page
        assert row["item"] in page
    table, _ = books.shelfhook(
        "findings", "--job", job["id"], "--severity", "error", "--limit", "1"
    )
    errors = sum(row["severity"] == "error" for row in rows)
    assert f"{errors} findings: {errors} error" in table


def test_a_book_that_was_repaired_loses_the_tag(books: Books) -> None:
    books.document("run", "audit")
    assert f"{REPAIRED}.cbz" in tagged(books)
    sound = books.root / "Sound" / "sound 000.cbz"
    shutil.copyfile(sound, books.root / "Faulty" / f"{REPAIRED}.cbz")
    books.sandbox.scan()
    with books.there_and_back("audit") as shown:
        assert [change["after"] for change in books.changes(shown)] == [{"tags": []}]
        assert f"{REPAIRED}.cbz" not in tagged(books)
        assert f"{REPAIRED}.cbz" in listed(books), "nobody is taken off a list"


def test_what_the_host_lacks_is_found_and_nothing_is_written(books: Books) -> None:
    books.sandbox.clear_journal()
    job = books.document("run", "missing")
    assert job["counts"]["unchanged"] == SOUND
    assert books.sandbox.writes() == []
    found = {(one["code"], one["place"]) for one in books.findings(job)}
    assert ("metadata.missing", "releaseDate") in found
    assert ("metadata.stem", "title") in found
    assert sum(one["code"] == "comicinfo.missing" for one in books.findings(job)) == SOUND / 3

"""A series gets another name in all its files or in none: from the command line to the files."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.journeys.library import Books, Json, library, shelve
from tests.support.waiting import wait_until

ROUTINES = """
[routines.embed]
actions = [{ name = "embed" }]

[routines.renamed]
actions = [{ name = "embed", rename_series = true }]

[routines.nightly]
only_changed = true
actions = [{ name = "embed", rename_series = true }]
"""
HARBOR, NEW = "The Iron Harbor", "Iron Harbor"
NUMBERS = range(1, 9)


@pytest.fixture
def renamed(tmp_path: Path) -> Iterator[Books]:
    """Two series; the host says another name of one than its files do."""
    for number in NUMBERS:
        told: Json = {"Title": f"Part {number}", "Number": number, "Series": HARBOR}
        shelve(tmp_path, f"{HARBOR}/harbor {number}.cbz", **told)
        shelve(tmp_path, f"Tidal Archive/tidal {number}.cbz", Notes="kept")
    with library(tmp_path, ROUTINES) as made:
        path = f"/api/v1/series/{made.series()[HARBOR]['id']}/metadata"
        made.sandbox.call("PATCH", path, {"title": NEW, "titleLock": True, "titleSortLock": True})
        for number in NUMBERS:
            edit(made, f"tidal {number}.cbz", title=f"Tide {number}")
        yield made


def edit(books: Books, name: str, **fields: object) -> None:
    books.sandbox.call("PATCH", f"/api/v1/books/{books.book(name)['id']}/metadata", fields)


def told_by(books: Books, name: str) -> dict[str, str]:
    """What a file's ComicInfo.xml says."""
    with zipfile.ZipFile(books.book(name)["url"]) as archive:
        assert archive.testzip() is None
        root = ElementTree.fromstring(archive.read("ComicInfo.xml"))
    return {child.tag: child.text or "" for child in root}


def names(books: Books, *but: int) -> set[str]:
    """What the files of the series call it, but for some that tell nothing."""
    return {told_by(books, f"harbor {number}.cbz")["Series"] for number in {*NUMBERS} - {*but}}


def split(books: Books, job: Json) -> list[str]:
    """What was found to stand in the way of the series."""
    found = [one for one in books.findings(job) if one["code"] == "embed.series-split"]
    return [one["message"] for one in found]


def test_a_series_gets_another_name_in_all_its_files(renamed: Books) -> None:
    found = renamed.findings(renamed.document("run", "embed"))
    assert [one["code"] for one in found] == ["embed.series-differs"] * 8
    assert names(renamed) == {HARBOR}
    with renamed.there_and_back("renamed"):
        assert names(renamed) == {NEW}


def vanish(path: Path) -> None:
    path.unlink()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def become_another(path: Path) -> None:
    path.write_bytes(b"Rar!\x1a\x07\x00")


@pytest.mark.parametrize(
    ("hinder", "told"),
    [
        (vanish, "there is no file"),
        (truncate, "no directory at its end"),
        (become_another, "it is a RAR archive"),
    ],
)
def test_one_file_that_cannot_get_the_name_keeps_it_from_all(
    renamed: Books, hinder: Callable[[Path], None], told: str
) -> None:
    path = renamed.root / HARBOR / "harbor 5.cbz"
    kept, times = path.read_bytes(), path.stat()
    hinder(path)

    shown = renamed.document("run", "renamed", "--dry-run")
    job = renamed.document("run", "renamed")

    assert split(renamed, shown) == split(renamed, job)
    (message,) = split(renamed, job)
    assert "harbor 5.cbz cannot get the name" in message and told in message
    assert names(renamed, 5) == {HARBOR}
    assert told_by(renamed, "tidal 3.cbz")["Title"] == "Tide 3", "other books are written"
    assert told_by(renamed, "harbor 4.cbz")["Number"] == "4", "the other fields stay what they are"

    path.write_bytes(kept)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    job = renamed.document("run", "renamed")
    assert split(renamed, job) == []
    assert names(renamed) == {NEW}
    renamed.settled("renamed")


def test_a_run_over_what_has_changed_comes_back_to_what_was_hindered(renamed: Books) -> None:
    path = renamed.root / HARBOR / "harbor 5.cbz"
    hidden = path.with_name("harbor 5.hidden")
    path.rename(hidden)
    assert len(split(renamed, renamed.document("run", "nightly"))) == 1
    assert len(split(renamed, renamed.document("run", "nightly"))) == 1, "still, and no more"
    hidden.rename(path)
    assert renamed.document("run", "nightly")["counts"]["changed"] == 8
    assert names(renamed) == {NEW}
    renamed.sandbox.wait_idle()
    for _ in range(2):
        renamed.document("run", "nightly")
    renamed.sandbox.clear_journal()
    assert renamed.document("run", "nightly")["counts"]["unchanged"] == 16
    assert not [one for one in renamed.sandbox.journal() if "/books/{bookId}" in one["route"]]


def test_a_job_that_is_not_about_all_books_of_a_series_does_not_rename_it(renamed: Books) -> None:
    one = renamed.book("harbor 2.cbz")["id"]
    job = renamed.document("run", "renamed", "--item", one)
    (message,) = split(renamed, job)
    assert "this job is not about it" in message
    assert names(renamed) == {HARBOR}


def test_what_was_shown_of_a_series_is_applied_to_all_its_books_or_to_none(renamed: Books) -> None:
    shown = renamed.shown("renamed")
    edit(renamed, "harbor 5.cbz", summary="edited since")
    job = renamed.document("apply", shown["id"])
    reasons = {item["name"]: item["reason"] for item in renamed.items(job) if item["reason"]}
    assert set(reasons) == {f"harbor {number}.cbz" for number in NUMBERS}
    assert "harbor 5.cbz' has changed since it was shown" in reasons["harbor 1.cbz"]
    assert names(renamed) == {HARBOR}
    assert told_by(renamed, "tidal 3.cbz")["Title"] == "Tide 3"
    renamed.applied(renamed.shown("renamed"))
    assert names(renamed) == {NEW}


def test_a_series_whose_renaming_is_killed_is_renamed_by_the_restart(renamed: Books) -> None:
    files = renamed.files()
    renamed.sandbox.set_faults(latency_ms=60)
    process = renamed.start("run", "renamed")
    wait_until(lambda: len(changed(renamed, files)) >= 2)
    process.kill()
    process.communicate()
    begun = len(changed(renamed, files))
    renamed.sandbox.set_faults()
    renamed.document("run", "embed")  # an engine first ends what another has left
    assert begun < 8
    assert names(renamed) == {NEW}
    assert not list(renamed.root.rglob(".*")), "a crash left something behind"


def changed(books: Books, files: Mapping[str, object]) -> set[str]:
    """Files of the series that are others than before."""
    now = books.files()
    return {name for name in files if name.startswith(HARBOR) and now.get(name) != files[name]}

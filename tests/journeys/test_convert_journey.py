"""`convert` from the command line: archives of all sorts become CBZ files, and what they were."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import py7zr
import pytest

from tests.journeys.library import Books, library, same, shelve
from tests.support.books import comic_info, pages
from tests.support.planting import tar
from tests.support.rars import Stored, need_tool, rar5
from tests.support.rawzip import Raw, rawzip

ROUTINES = """
[routines.in-place]
actions = [{ name = "convert" }]
[routines.renamed]
actions = [{ name = "convert", new_id_ok = true }]
"""
FOLDER = "Salt Lanterns"


def seven_zip(entries: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w") as archive:
        for name, content in entries.items():
            archive.writestr(content, name)
    return target.getvalue()


def plain_zip(entries: Mapping[str, bytes]) -> bytes:
    return rawzip([Raw(name.encode(), content) for name, content in entries.items()])


def rar(entries: Mapping[str, bytes]) -> bytes:
    return rar5([Stored(name, content) for name, content in entries.items()])


Make = Callable[[Mapping[str, bytes]], bytes]
OTHERS: dict[str, Make] = {"tar": tar, "7z": seven_zip, "rar": rar}
ALL: dict[str, Make] = {**OTHERS, "zip": plain_zip}


@pytest.fixture(autouse=True)
def _unpacker() -> None:
    need_tool()


def shelve_all(folder: Path, makers: Mapping[str, Make], suffix: str, **told: object) -> None:
    """Four books of each make, and as many that are CBZ files already."""
    for number in range(1, 5):
        entries = {**pages(3), **({"ComicInfo.xml": comic_info(**told)} if told else {})}
        shelve(folder, f"{FOLDER}/sound {number}.cbz")
        for kind, make in makers.items():
            (folder / "Comics" / FOLDER / f"{kind} {number}{suffix}").write_bytes(make(entries))


def leaves(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def empty_trash(books: Books) -> None:
    library_id = books.sandbox.libraries()[0]["id"]
    books.sandbox.call("POST", f"/api/v1/libraries/{library_id}/empty-trash")


def test_what_is_only_named_cbz_becomes_one_in_its_place(tmp_path: Path) -> None:
    shelve_all(tmp_path, OTHERS, ".cbz")
    with library(tmp_path, ROUTINES) as books:
        ids = {one["url"]: one["id"] for one in books.sandbox.books()}
        with books.there_and_back("in-place") as shown:
            assert sum(one["kind"] == "file" for one in books.changes(shown)) == 12
            for kind in OTHERS:
                book = books.book(f"{kind} 3.cbz")
                assert (book["media"]["status"], book["media"]["pagesCount"]) == ("READY", 3)
                assert leaves(Path(book["url"])) == pages(3)
            assert {one["url"]: one["id"] for one in books.sandbox.books()} == ids
        assert books.book("7z 3.cbz")["media"]["status"] == "UNSUPPORTED"


def test_what_the_host_has_read_meanwhile_goes_with_the_undo(tmp_path: Path) -> None:
    shelve_all(tmp_path, OTHERS, ".cbz", Title="Low Water", Series=FOLDER)
    with library(tmp_path, ROUTINES) as books, books.there_and_back("in-place"):
        assert books.book("7z 3.cbz")["metadata"]["title"] == "Low Water"


def test_what_would_get_a_new_id_at_komga_is_only_found(tmp_path: Path) -> None:
    shelve_all(tmp_path, ALL, ".cbr")
    with library(tmp_path, ROUTINES) as books:
        before = books.state()
        job = books.document("run", "in-place")
        assert job["counts"]["unchanged"] == 20
        found = books.findings(job)
        assert [one["code"] for one in found] == ["convert.server-side"] * 16
        assert books.sandbox.writes() == []
        same(before, books.state())


def test_what_the_library_converts_itself_is_left_to_it(tmp_path: Path) -> None:
    shelve_all(tmp_path, {"zip": plain_zip, "7z": seven_zip}, ".cbr")
    with library(tmp_path, ROUTINES) as books:
        path = f"/api/v1/libraries/{books.sandbox.libraries()[0]['id']}"
        books.sandbox.call("PATCH", path, {"repairExtensions": True})
        before = books.state()
        for routine in ("in-place", "renamed"):
            job = books.document("run", routine, "--dry-run")
            by_name = {one["item"]: one["code"] for one in books.findings(job)}
            assert by_name["zip 1.cbr"] == "convert.by-server"
            ours = {"in-place": "convert.server-side", "renamed": "convert.new-id"}[routine]
            assert by_name["7z 1.cbr"] == ours
            assert job["counts"]["planned"] == (0 if routine == "in-place" else 4)
        same(before, books.state())


def test_what_may_get_a_new_id_is_renamed_and_comes_back_with_the_undo(tmp_path: Path) -> None:
    shelve_all(tmp_path, ALL, ".cbr")
    with library(tmp_path, ROUTINES) as books:
        before = books.state()
        job = books.applied(books.shown("renamed"))
        books.sandbox.scan()
        for kind in ALL:
            assert books.book(f"{kind} 2.cbr")["deleted"]
            book = books.book(f"{kind} 2.cbz")
            assert (book["media"]["status"], book["media"]["pagesCount"]) == ("READY", 3)
            assert leaves(Path(book["url"])) == pages(3)
        books.settled("renamed")
        books.undone(job)
        books.sandbox.scan()
        empty_trash(books)
        same(before, books.state())


def test_no_file_is_lost_where_a_name_is_taken_or_a_file_was_changed(tmp_path: Path) -> None:
    shelve_all(tmp_path, ALL, ".cbr")
    taken = shelve(tmp_path, f"{FOLDER}/7z 1.cbz")
    half = taken.with_name("rar 1.cbr")
    half.write_bytes(half.read_bytes()[:-2000])
    with library(tmp_path, ROUTINES) as books:
        files = books.files()
        job = books.document("run", "renamed")
        assert (job["counts"]["changed"], job["counts"]["failed"]) == (14, 2)
        reasons = [one["reason"] for one in books.items(job) if one["outcome"] == "failed"]
        assert any("7z 1.cbz lies beside it" in reason for reason in reasons)
        for name in (f"{FOLDER}/7z 1.cbr", f"{FOLDER}/7z 1.cbz", f"{FOLDER}/rar 1.cbr"):
            assert books.files()[name] == files[name]

        edited = shelve(tmp_path, f"{FOLDER}/tar 2.cbz", Notes="another edition")
        edition = edited.read_bytes()
        undo = books.document("undo", job["id"])
        (conflict,) = books.findings(undo)
        assert "tar 2.cbz was changed since" in conflict["message"]
        now = books.files()
        assert edited.read_bytes() == edition
        assert set(files) ^ set(now) == {f"{FOLDER}/tar 2.cbr", f"{FOLDER}/tar 2.cbz"}
        assert all(now[name] == files[name] for name in set(files) & set(now))

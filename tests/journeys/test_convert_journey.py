"""`convert` from the command line: archives of all sorts become CBZ files, and what they were."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import py7zr
import pytest

from tests.journeys.library import Books, library, shelve
from tests.support.books import comic_info, pages
from tests.support.rars import Stored, need_tool, rar5

ROUTINES = """
[routines.in-place]
actions = [{ name = "convert" }]
[routines.renamed]
actions = [{ name = "convert", new_id_ok = true }]
"""
INFO = comic_info(Title="Low Water", Number=1, Series="Salt Lanterns")
ENTRIES = {**pages(3), "ComicInfo.xml": INFO}


def tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in ENTRIES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def seven_zip() -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w") as archive:
        for name, content in ENTRIES.items():
            archive.writestr(content, name)
    return target.getvalue()


def plain_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in ENTRIES.items():
            archive.writestr(name, content)
    return target.getvalue()


def rar() -> bytes:
    return rar5([Stored(name, content) for name, content in ENTRIES.items()])


MAKERS: dict[str, Callable[[], bytes]] = {"tar": tar, "7z": seven_zip, "zip": plain_zip, "rar": rar}


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    need_tool()
    for number in range(1, 6):
        shelve(tmp_path, f"Salt Lanterns/sound {number}.cbz", Title=f"Part {number}")
        for kind, make in MAKERS.items():
            for suffix in ("cbz", "cbr"):
                path = tmp_path / "Comics" / f"Salt Lanterns/{kind} {number}.{suffix}"
                if (kind, suffix) != ("zip", "cbz"): path.write_bytes(make())
    with library(tmp_path, ROUTINES) as made:
        yield made


def test_in_place(books: Books) -> None:
    with books.there_and_back("in-place") as shown:
        for s in books.changes(shown): print(s)
        for s in books.findings(shown): print(s)
        for b in books.sandbox.books(): print(b["url"].split("/")[-1], b["media"], b["metadata"]["title"], b["metadata"]["number"])
    assert 0

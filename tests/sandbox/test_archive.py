"""What is wrong with a file is an answer, never an exception."""

from pathlib import Path

import pytest

from shelfhook.sandbox.archive import comic_info_of, inspect, read_page
from tests.support import archives, faulty_archives, faulty_contents
from tests.support.books import cbz, pages
from tests.support.planting import Planting

FAULTS = (*faulty_archives.FAULTS, *faulty_contents.FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.title)
def test_every_faulty_file_is_inspected(tmp_path: Path, fault: Planting) -> None:
    path = tmp_path / f"book{fault.suffix}"
    path.write_bytes(fault.content())
    assert inspect(path).media.status in ("READY", "ERROR", "UNSUPPORTED")
    comic_info_of(path)
    read_page(path, 1)


def test_every_sound_file_is_ready(tmp_path: Path) -> None:
    for path in archives.sound(tmp_path, 24):
        assert inspect(path).media.status == "READY"


@pytest.mark.parametrize("encoding", ["klingon", "utf-7", "shift_jis", "base64"])
def test_xml_in_an_encoding_that_cannot_be_read_tells_nothing(
    tmp_path: Path, encoding: str
) -> None:
    info = f'<?xml version="1.0" encoding="{encoding}"?><ComicInfo/>'.encode()
    path = cbz(tmp_path / "book.cbz", {**pages(2), "ComicInfo.xml": info})
    assert inspect(path).comic_info is None
    assert inspect(path).media.pages == 2

"""The directory of a ZIP file is read as the standard library reads it, only more carefully."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from shelfhook.archives import zipdirectory
from shelfhook.archives.faults import FaultError
from tests.support.archives import sound
from tests.support.books import picture
from tests.support.planting import book
from tests.support.rawzip import Raw, rawzip


def entries(content: bytes, most: int = 100) -> list[zipdirectory.Entry]:
    file = io.BytesIO(content)
    found = zipdirectory.find(file)
    assert found is not None
    return list(zipdirectory.entries(file, found, most))


def test_it_says_what_the_standard_library_says(tmp_path: Path) -> None:
    for path in sound(tmp_path, 60):
        with zipfile.ZipFile(path) as archive:
            theirs = [
                (one.filename, one.CRC, one.compress_size, one.file_size, one.header_offset)
                for one in archive.infolist()
            ]
        ours = [
            (one.name, one.crc, one.packed, one.size, one.offset)
            for one in entries(path.read_bytes())
        ]
        assert ours == theirs, path.name


@pytest.mark.parametrize("zip64", [False, True])
def test_what_stands_in_front_moves_the_entries(zip64: bool) -> None:
    content = rawzip([Raw(b"1", b"x", zip64=zip64)], leading=bytes(70), zip64=zip64)

    assert [one.offset for one in entries(content)] == [70]


def test_a_mark_in_the_comment_is_not_taken_for_the_end() -> None:
    content = rawzip([Raw(b"1", b"x")], comment=b"PK\x05\x06" * 20 + bytes(40))

    assert [one.name for one in entries(content)] == ["1"]


def test_bytes_behind_the_end_are_counted() -> None:
    found = zipdirectory.find(io.BytesIO(book() + bytes(33)))

    assert found is not None
    assert (found.leading, found.trailing) == (0, 33)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06", bytes(100_000)])
def test_without_an_end_there_is_no_directory(content: bytes) -> None:
    assert zipdirectory.find(io.BytesIO(content)) is None


def test_no_more_entries_are_read_than_are_allowed() -> None:
    content = rawzip([Raw(b"%d" % number) for number in range(5)])
    reading = zipdirectory.entries(io.BytesIO(content), _found(content), 3)

    assert [next(reading).name for _ in range(3)] == ["0", "1", "2"]
    with pytest.raises(FaultError, match="more than 3"):
        next(reading)


def test_a_link_and_a_folder_are_told_from_a_file() -> None:
    link, folder, file = entries(
        rawzip([Raw(b"l", b"/etc", mode=0o120777), Raw(b"f/"), Raw(b"1", picture(), mode=0o100644)])
    )

    assert (link.link, folder.folder, file.link, file.folder) == (True, True, False, False)


def _found(content: bytes) -> zipdirectory.Directory:
    found = zipdirectory.find(io.BytesIO(content))
    assert found is not None
    return found

"""Whatever happens to the bytes of a file: what is lost is found, and nothing breaks."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.archives.inspect import Inspection, inspect
from shelfhook.archives.limits import Limits
from tests.support.archives import MAKERS, SETS
from tests.support.books import comic_info, pages
from tests.support.planting import tar

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
UNREADABLE = (zipfile.BadZipFile, OSError, EOFError, zlib.error, lzma.LZMAError)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


def inspected(folder: Path, content: bytes, name: str = "a.cbz") -> Inspection:
    path = folder / name
    path.write_bytes(content)
    return inspect(path, Limits())


def changed(content: bytes, at: int, mask: int) -> bytes:
    return content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]


def made(method: int) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in pages(3).items():
            archive.writestr(name, content)
    return target.getvalue()


def page_data(content: bytes) -> list[int]:
    """Places of all bytes that are data of pages."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return [place for one in archive.infolist() for place in _data(one, content)]


def _data(one: zipfile.ZipInfo, content: bytes) -> range:
    lengths = content[one.header_offset + 26 : one.header_offset + 30]
    begin = one.header_offset + 30 + lengths[0] + lengths[2]
    return range(begin, begin + one.compress_size)


def same_pages(content: bytes) -> bool:
    """Whether all pages come out as they went in."""
    with suppress(*UNREADABLE), zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()} == pages(3)
    return False


FILES = {method: made(method) for method in METHODS}
PLACES = {method: page_data(content) for method, content in FILES.items()}


@given(data=st.data(), mask=st.integers(1, 255))
def test_a_byte_changed_in_a_stored_page_is_found(
    folder: Path, data: st.DataObject, mask: int
) -> None:
    at = data.draw(st.sampled_from(PLACES[zipfile.ZIP_STORED]))

    found = inspected(folder, changed(FILES[zipfile.ZIP_STORED], at, mask))

    assert [one.code for one in found.faults] == ["archive.crc"]


@given(data=st.data(), method=st.sampled_from(METHODS), mask=st.integers(1, 255))
def test_a_byte_changed_in_a_packed_page_is_found_if_the_page_is_changed(
    folder: Path, data: st.DataObject, method: int, mask: int
) -> None:
    content = changed(FILES[method], data.draw(st.sampled_from(PLACES[method])), mask)

    # A packed page ends within a byte; bits behind its end say nothing, so nothing is lost.
    assert inspected(folder, content).faults or same_pages(content)


@given(data=st.data())
def test_a_file_cut_anywhere_is_found(folder: Path, data: st.DataObject) -> None:
    content = FILES[zipfile.ZIP_DEFLATED]

    assert inspected(folder, content[: data.draw(st.integers(0, len(content) - 1))]).faults


def _samples() -> Iterator[bytes]:
    yield tar({**pages(2), "ComicInfo.xml": comic_info(Title="x")})
    yield from FILES.values()


SAMPLES = tuple(_samples())


@given(
    sample=st.sampled_from(SAMPLES),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6)), max_size=8),
    cut=st.floats(0.5, 1),
)
def test_no_damage_ever_ends_in_an_error(
    folder: Path, sample: bytes, edits: list[tuple[float, bytes]], cut: float
) -> None:
    content = bytearray(sample)
    for share, patch in edits:
        at = int(share * len(content))
        content[at : at + len(patch)] = patch

    inspected(folder, bytes(content[: int(cut * len(content))]))


@given(
    st.binary(max_size=3_000), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\xff\xd8\xff"])
)
def test_noise_is_never_a_book(folder: Path, noise: bytes, head: bytes) -> None:
    assert inspected(folder, head + noise).faults


@pytest.mark.parametrize("number", range(len(MAKERS)))
def test_the_directory_can_be_damaged_anywhere_without_an_error(folder: Path, number: int) -> None:
    path = folder / "a.cbz"
    MAKERS[number](path, SETS[0]())
    content = path.read_bytes()
    for at in range(content.index(b"PK\x01\x02"), len(content)):
        inspected(folder, changed(content, at, 0xFF))

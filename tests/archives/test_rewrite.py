"""A ZIP file gets one entry, and no byte of any other entry changes."""

from __future__ import annotations

import errno
import os
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.archives import rewrite, zipends
from shelfhook.archives.copying import Span, copy_spans
from shelfhook.archives.entry import read_root_entry
from shelfhook.archives.rewrite import check_entries, put_entries, put_entry
from shelfhook.archives.zipends import Ends
from shelfhook.errors import Gone, Permanent
from tests.support.archives import MAKERS, sound
from tests.support.naming import named
from tests.support.rawzip import DEFLATED, DESCRIPTOR, ENCRYPTED, UTF8, Raw, rawzip

NAME = "ComicInfo.xml"
INFO = b"<ComicInfo><Title>Low Water</Title></ComicInfo>"
OLD = b"<ComicInfo><Title>" + b"Old. " * 200 + b"</Title></ComicInfo>"
PAGES = {"001.jpg": b"\xff\xd8\xff" + bytes(range(256)) * 9, "002.jpg": b"\xff\xd8\xff two"}


def raw_entries(path: Path) -> dict[str, bytes]:
    """Every entry's bytes in the file, from its local header to where the next thing begins."""
    with zipfile.ZipFile(path) as archive:
        found = sorted(archive.infolist(), key=lambda one: one.header_offset)
        ends = [*(one.header_offset for one in found[1:]), archive.start_dir]
    data = path.read_bytes()
    return {
        one.filename: data[one.header_offset : end] for one, end in zip(found, ends, strict=True)
    }


def told(path: Path) -> dict[str, object]:
    """What the directory says of every entry, but for its place."""
    with zipfile.ZipFile(path) as archive:
        return {
            one.filename: {
                name: getattr(one, name)
                for name in one.__slots__
                if name not in ("header_offset", "_raw_time", "_end_offset")
                and hasattr(one, name)
                and not (name == "extra" and one.extra.count(b"\x01\x00\x18\x00"))
            }
            for one in archive.infolist()
        }


def put(source: Path, content: bytes = INFO) -> Path:
    target = source.with_name("new.cbz")
    target.unlink(missing_ok=True)
    put_entry(source, target, NAME, content)
    return target


def assert_only_info_differs(old: Path, new: Path, content: bytes = INFO) -> None:
    before, after = raw_entries(old), raw_entries(new)
    old_info = [name for name in before if name.lower() == NAME.lower()]
    assert {name: after[name] for name in before if name not in old_info} == {
        name: raw for name, raw in before.items() if name not in old_info
    }
    assert after.keys() - before.keys() <= {NAME}
    said, says = told(old), told(new)
    assert [says[name] for name in before if name not in old_info] == [
        said[name] for name in before if name not in old_info
    ]
    with zipfile.ZipFile(new) as archive, zipfile.ZipFile(old) as source:
        assert archive.testzip() is None
        assert archive.comment == source.comment
        assert archive.read(NAME) == content


def places(pages: Mapping[str, bytes]) -> Sequence[dict[str, bytes]]:
    """The pages without a ComicInfo, and with one in front, in the middle, and behind."""
    first, *rest = pages.items()
    info = (NAME, OLD)
    return (
        dict(pages),
        dict([info, first, *rest]),
        dict([first, info, *rest]),
        dict([first, *rest, info]),
    )


@pytest.mark.parametrize("place", range(4), ids=["none", "front", "middle", "end"])
@pytest.mark.parametrize("maker", range(len(MAKERS)))
def test_an_entry_is_put_into_archives_of_every_make(
    tmp_path: Path, maker: int, place: int
) -> None:
    source = tmp_path / "book.cbz"
    MAKERS[maker](source, places(PAGES)[place])
    before = source.read_bytes()

    new = put(source)

    assert_only_info_differs(source, new)
    assert source.read_bytes() == before
    with zipfile.ZipFile(new) as archive, zipfile.ZipFile(source) as old:
        order = old.namelist() if place else [*old.namelist(), NAME]
        assert archive.namelist() == order


BOTH = {NAME: INFO, "MetronInfo.xml": b"<MetronInfo>" + b"a" * 999 + b"</MetronInfo>"}


@pytest.mark.parametrize(
    "order",
    [
        ("001.jpg", "002.jpg"),
        (NAME, "001.jpg", "002.jpg"),
        ("001.jpg", "metroninfo.xml", "002.jpg"),
        (NAME, "001.jpg", "MetronInfo.xml", "002.jpg"),
        ("MetronInfo.xml", NAME, "001.jpg", "002.jpg"),
        ("001.jpg", "002.jpg", NAME, "MetronInfo.xml"),
    ],
)
@pytest.mark.parametrize("maker", range(len(MAKERS)))
def test_two_entries_are_put_in_one_go(tmp_path: Path, maker: int, order: Sequence[str]) -> None:
    source, target, again = (tmp_path / name for name in ("book.cbz", "new.cbz", "again.cbz"))
    MAKERS[maker](source, {name: PAGES.get(name, OLD) for name in order})

    put_entries(source, target, BOTH)

    before, after = raw_entries(source), raw_entries(target)
    replaced = {name.lower() for name in BOTH}
    kept = {name: raw for name, raw in before.items() if name.lower() not in replaced}
    assert {name: after[name] for name in kept} == kept
    with zipfile.ZipFile(target) as archive, zipfile.ZipFile(source) as old:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in BOTH} == BOTH
        there = [name.lower() for name in old.namelist()]
        new = [name.lower() for name in BOTH if name.lower() not in there]
        assert [name.lower() for name in archive.namelist()] == [*there, *new]
    put_entries(target, again, BOTH)
    assert sorted(raw_entries(again).items()) == sorted(after.items()), "nothing accumulates"


def test_a_source_is_checked_without_writing_anything(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    MAKERS[0](source, PAGES)
    check_entries(source)
    source.write_bytes(source.read_bytes()[:-10])
    with pytest.raises(Permanent, match="cut off"):
        check_entries(source)
    source.unlink()
    with pytest.raises(Gone):
        check_entries(source)
    assert list(tmp_path.iterdir()) == []


def test_sound_archives_stay_sound_and_nothing_accumulates(tmp_path: Path) -> None:
    for source in sound(tmp_path, 60):
        new = put(source)
        assert_only_info_differs(source, new)

        again = put_again(new)

        assert again == new.read_bytes()


def put_again(source: Path) -> bytes:
    """What comes out of putting an entry away, and the first one back."""
    other, back = source.with_name("other.cbz"), source.with_name("back.cbz")
    put_entry(source, other, NAME, OLD)
    put_entry(other, back, NAME, INFO)
    content = back.read_bytes()
    other.unlink()
    back.unlink()
    return content


def test_the_new_file_depends_on_the_old_one_and_the_content_alone(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    MAKERS[1](source, places(PAGES)[2])

    first = put(source).read_bytes()
    os.utime(source, (0, 0))

    assert put(source).read_bytes() == first


def test_an_entry_that_differs_in_case_is_replaced_and_named_right(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    MAKERS[0](source, {"001.jpg": b"one", "comicinfo.XML": OLD, "002.jpg": b"two"})

    new = put(source)

    assert_only_info_differs(source, new)
    with zipfile.ZipFile(new) as archive:
        assert archive.namelist() == ["001.jpg", NAME, "002.jpg"]


def test_an_entry_in_a_folder_is_another_one(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    MAKERS[0](source, {"Book/001.jpg": b"one", f"Book/{NAME}": OLD})

    assert read_root_entry(source, NAME, 1 << 20) is None
    assert_only_info_differs(source, put(source))


@pytest.mark.parametrize("mark", [b"PK\x07\x08", b""], ids=["marked", "unmarked"])
@pytest.mark.parametrize("layout", ["<3L", "<L2Q"], ids=["short", "long"])
def test_a_replaced_entry_goes_with_its_data_descriptor(
    tmp_path: Path, mark: bytes, layout: str
) -> None:
    source = tmp_path / "book.cbz"
    plain = rawzip([Raw(NAME.encode(), OLD, flags=DESCRIPTOR), Raw(b"001.jpg", b"one")])
    crc, size = struct.unpack("<LL", plain[plain.index(b"PK\x07\x08") :][4:12])
    short = plain[: plain.index(b"PK\x07\x08")]
    behind = plain[len(short) + 16 :]
    descriptor = mark + struct.pack(layout, crc, size, size)
    source.write_bytes(_with_second_offset(short + descriptor + behind, len(descriptor) - 16))

    new = put(source)

    assert_only_info_differs(source, new)
    assert new.read_bytes().startswith(raw_entries(source)["001.jpg"])


def _with_second_offset(data: bytes, shift: int) -> bytes:
    """The two offsets of a file of two entries put right after its first entry has grown."""
    made = bytearray(data)
    record = data.rindex(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    for at in (record + 42, end + 16):
        (offset,) = struct.unpack_from("<L", made, at)
        struct.pack_into("<L", made, at, offset + shift)
    return bytes(made)


def test_flags_extra_fields_and_comments_of_entries_are_kept(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    with zipfile.ZipFile(source, "w") as archive:
        for number in range(3):
            info = zipfile.ZipInfo(f"{number} é.jpg", (2003, 4, 5, 6, 7, 8))
            info.comment, info.extra = b"of an entry", struct.pack("<2H4s", 0xCAFE, 4, b"mine")
            info.external_attr, info.create_system = 0o640 << 16, 3
            archive.writestr(info if number else NAME, f"content {number}")
        archive.comment = b"of the archive"

    assert_only_info_differs(source, put(source))


def test_what_lies_unused_between_the_entries_stays(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    MAKERS[0](source, {"001.jpg": b"one", NAME: OLD, "002.jpg": b"two"})
    with zipfile.ZipFile(source, "a") as archive:  # forgets an entry and leaves its bytes
        archive.filelist.remove(archive.getinfo("001.jpg"))
        archive.writestr("003.jpg", b"three")
    data = source.read_bytes()

    with pytest.raises(Permanent, match="before its first entry"):
        put(source)

    MAKERS[0](source, {"000.jpg": b"zero", "001.jpg": b"unused", NAME: OLD, "002.jpg": b"two"})
    with zipfile.ZipFile(source, "a") as archive:
        archive.filelist.remove(archive.getinfo("001.jpg"))
        archive.writestr("003.jpg", b"three")
    new = put(source)
    assert b"unused" in new.read_bytes()
    assert len(data) > 0
    with zipfile.ZipFile(new) as archive:
        assert archive.namelist() == ["000.jpg", NAME, "002.jpg", "003.jpg"]
        assert archive.testzip() is None


ONE, TWO = Raw(b"001.jpg", b"one"), Raw(b"002.jpg", b"two")
GOOD = rawzip([ONE, TWO])
WIDE = rawzip([ONE], zip64=True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"Rar!\x1a\x07\x00rest", "it is a RAR archive"),
        (b"no archive at all", "it is plain text"),
        (rawzip([ONE], leading=b"#!/bin/sh\n"), "does not begin as a ZIP"),
        (rawzip([]), "does not begin as a ZIP"),
        (GOOD[:-10], "its last bytes are missing|cut off"),
        (GOOD[:60], "cut off"),
        (GOOD + b"more", "4 bytes do not belong"),
        (b"PK\x03\x04" + GOOD, "4 bytes do not belong|before its first"),
        (rawzip([ONE, TWO], disk=1), "split archive"),
        (rawzip([ONE, TWO], count=3), "says that it has 3 entries, and has 2"),
        (rawzip([ONE, Raw(b"002.jpg", b"two", flags=ENCRYPTED)]), "002.jpg is encrypted"),
        (rawzip([ONE, Raw(b"002.jpg", b"two", flags=ENCRYPTED | UTF8)]), "is encrypted"),
        (rawzip([ONE, Raw(b"002.jpg", b"one", at=0)]), "another name in its own header|reaches"),
        (rawzip([ONE, Raw(b"001.jpg", b"one", at=0)]), "001.jpg reaches into the next"),
        (rawzip([ONE, Raw(b"2.jpg", b"", local_name=b"3.jpg")]), "2.jpg has another name"),
        (rawzip([Raw(NAME.encode(), b"a"), Raw(NAME.encode(), b"b")]), "ComicInfo.xml 2 times"),
        (rawzip([Raw(NAME.encode(), b"a"), Raw(b"comicinfo.xml", b"b")]), "2 times"),
        (GOOD.replace(b"PK\x01\x02", b"PK\x01\x09", 1), "damaged at entry 1"),
        (GOOD.replace(b"PK\x05\x06", b"JUNKPK\x05\x06"), "4 bytes"),
        (WIDE.replace(b"PK\x06\x07\x00", b"PK\x06\x07\x01"), "split archive|ZIP64"),
        (WIDE.replace(b"PK\x06\x06\x2c", b"PK\x06\x06\x2d"), "ZIP64"),
    ],
    ids=named,
)
def test_an_archive_that_is_not_understood_whole_is_left_alone(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    source = tmp_path / "book.cbz"
    source.write_bytes(content)

    with pytest.raises(Permanent, match=f"({reason}).*; run the action audit") as refusal:
        put(source)

    assert list(tmp_path.iterdir()) == [source]
    assert source.read_bytes() == content
    assert "left alone" in str(refusal.value)


def test_a_wrong_checksum_of_a_page_is_copied_and_not_hidden(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    source.write_bytes(rawzip([Raw(b"001.jpg", b"one", crc=7), TWO]))

    with zipfile.ZipFile(put(source)) as archive:
        assert archive.testzip() == "001.jpg"


@pytest.mark.parametrize(
    "entry",
    [
        Raw(NAME.encode(), b"text", crc=7),
        Raw(NAME.encode(), b"text", size=9),
        Raw(NAME.encode(), b"text", DEFLATED, packed=b"\xff\xff"),
        Raw(NAME.encode(), b"text", method=99),
    ],
    ids=["checksum", "size", "packed", "method"],
)
def test_a_damaged_entry_is_not_read(tmp_path: Path, entry: Raw) -> None:
    source = tmp_path / "book.cbz"
    source.write_bytes(rawzip([ONE, entry]))

    with pytest.raises(Permanent, match=r"ComicInfo\.xml is damaged"):
        read_root_entry(source, NAME, 1 << 20)


@pytest.mark.parametrize("lie", [None, 10], ids=["honest", "lying"])
def test_an_entry_that_unpacks_to_too_much_is_not_read(tmp_path: Path, lie: int | None) -> None:
    source = tmp_path / "book.cbz"
    source.write_bytes(rawzip([ONE, Raw(NAME.encode(), bytes(5_000_000), DEFLATED, size=lie)]))

    with pytest.raises(Permanent, match=r"ComicInfo\.xml (has more than|is damaged)"):
        read_root_entry(source, NAME, 1 << 20)


def test_a_vanished_file_is_gone_and_an_existing_target_is_not_overwritten(tmp_path: Path) -> None:
    source, target = tmp_path / "book.cbz", tmp_path / "new.cbz"
    target.write_bytes(b"somebody's")

    with pytest.raises(Gone):
        put_entry(source, target, NAME, INFO)
    source.write_bytes(GOOD)
    with pytest.raises(Permanent, match="File exists"):
        put_entry(source, target, NAME, INFO)

    assert target.read_bytes() == b"somebody's"


@pytest.mark.parametrize(
    ("error", "message"),
    [(errno.ENOSPC, "no space is left"), (errno.EIO, "Input/output error")],
)
def test_a_full_or_broken_disk_leaves_the_old_file_and_no_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, message: str
) -> None:
    def fail(*_: object) -> int:
        raise OSError(error, os.strerror(error))

    source = tmp_path / "book.cbz"
    source.write_bytes(GOOD)
    monkeypatch.setattr(os, "copy_file_range", fail)

    with pytest.raises(Permanent, match=message):
        put(source)

    assert list(tmp_path.iterdir()) == [source]


def test_no_file_stays_open(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    source.write_bytes(GOOD)
    put(source)
    before = len(list(Path("/proc/self/fd").iterdir()))

    for content in (GOOD, GOOD[:60], rawzip([ONE, Raw(b"001.jpg", b"one", at=0)])):
        source.write_bytes(content)
        try:
            put(source)
        except Permanent:
            continue

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def _not_here(*_: object) -> int:
    raise OSError(errno.EXDEV, "not between these")


def _a_little(real: Callable[..., int]) -> Callable[..., int]:
    def copy(old: int, new: int, size: int, start: int, at: int) -> int:
        return real(old, new, min(size, 100), start, at)

    return copy


@pytest.mark.parametrize("way", ["refuses", "does nothing", "bit by bit", "is not there"])
def test_a_kernel_that_does_not_copy_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    source = tmp_path / "book.cbz"
    MAKERS[0](source, places(PAGES)[2])
    expected = put(source).read_bytes()
    if way == "is not there":
        monkeypatch.delattr(os, "copy_file_range")
    else:
        ways: Mapping[str, Callable[..., int]] = {
            "refuses": _not_here,
            "does nothing": lambda *_: 0,
            "bit by bit": _a_little(os.copy_file_range),
        }
        monkeypatch.setattr(os, "copy_file_range", ways[way])

    assert put(source).read_bytes() == expected


@pytest.mark.parametrize("at", [5, 40, -1], ids=["header", "content", "last byte"])
def test_a_copy_that_went_wrong_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    def badly(old: BinaryIO, new: BinaryIO, spans: Sequence[Span]) -> int:
        end = copy_spans(old, new, spans)
        place = at % end
        os.pwrite(new.fileno(), bytes([os.pread(new.fileno(), 1, place)[0] ^ 1]), place)
        return end

    source = tmp_path / "book.cbz"
    source.write_bytes(GOOD)
    monkeypatch.setattr(rewrite, "copy_spans", badly)

    with pytest.raises(Permanent, match=r"not sound|left alone"):
        put(source)

    assert list(tmp_path.iterdir()) == [source]


PLAIN = Ends(b"", rawzip([ONE])[-22:])


@pytest.mark.parametrize(
    ("count", "size", "offset", "wide"),
    [
        (2, 100, 200, False),
        (0xFFFE, 100, 0xFFFFFFFE, False),
        (0xFFFF, 100, 200, True),
        (70_000, 100, 200, True),
        (2, 100, 0xFFFFFFFF, True),
        (2, 100, 5 << 32, True),
    ],
)
def test_a_directory_beyond_the_old_limits_gets_a_zip64_record(
    count: int, size: int, offset: int, wide: bool
) -> None:
    made = zipends.write(PLAIN, count, size, offset)

    assert made.startswith(b"PK\x06\x06") is wide
    found = zipends.read(made, offset + size)
    assert bool(found.wide) is wide
    if wide:
        assert struct.unpack("<4Q", found.wide[24:56]) == (count, count, size, offset)
    else:
        assert struct.unpack("<2H2L", found.plain[8:20]) == (count, count, size, offset)


def test_a_zip64_record_is_kept_with_the_comment_behind_it(tmp_path: Path) -> None:
    source = tmp_path / "book.cbz"
    source.write_bytes(rawzip([Raw(b"001.jpg", b"one", zip64=True)], zip64=True, comment=b"hello"))

    new = put(source)

    data = new.read_bytes()
    assert data.count(b"PK\x06\x06") == data.count(b"PK\x06\x07") == 1
    assert data.endswith(b"\xff\xff" * 2 + b"\xff\xff\xff\xff" * 2 + b"\x05\x00hello")
    assert_only_info_differs(source, new)


CONTENTS = st.binary(max_size=300)
ENTRIES = st.lists(
    st.builds(
        Raw,
        st.integers(0, 10**6).map(lambda number: f"{number:07}.jpg".encode()),
        CONTENTS,
        st.sampled_from([0, DEFLATED]),
        st.sampled_from([0, DESCRIPTOR, UTF8]),
        zip64=st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda entry: entry.name,
)


@given(ENTRIES, st.integers(0, 6), CONTENTS, CONTENTS, st.booleans())
def test_whatever_the_entries_are_they_stay(
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[Raw],
    place: int,
    old: bytes,
    content: bytes,
    zip64: bool,
) -> None:
    source = tmp_path_factory.mktemp("zip") / "book.cbz"
    whole = [*entries[:place], Raw(NAME.encode(), old, DEFLATED), *entries[place:]]
    source.write_bytes(rawzip(whole, zip64=zip64))

    assert_only_info_differs(source, put(source, content), content)

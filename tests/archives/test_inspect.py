"""An inspection finds what is wrong with a file, says so in an answer, and takes no harm."""

from __future__ import annotations

import io
import pickle
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import py7zr
import pytest

from shelfhook.archives.faults import MOST_PER_CODE
from shelfhook.archives.inspect import Inspection, inspect
from shelfhook.archives.limits import MIB, Limits
from shelfhook.errors import Gone, Permanent, Transient
from tests.support.archives import faulty, sound
from tests.support.books import cbz, comic_info, pages, picture
from tests.support.planting import HTML, book, flipped, tar
from tests.support.rars import Stored, need_tool, rar5
from tests.support.rawzip import DEFLATED, Raw, rawzip

EPUB = {"mimetype": b"application/epub+zip", "META-INF/container.xml": b"<container/>"}


def inspected(folder: Path, content: bytes, name: str = "a.cbz", /, **limits: int) -> Inspection:
    path = folder / name
    path.write_bytes(content)
    return inspect(path, Limits(**limits))


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def codes(found: Inspection) -> list[str]:
    return [fault.code for fault in found.faults]


def test_sound_files_of_all_makes_have_no_faults(tmp_path: Path) -> None:
    found = {path.name: inspect(path, Limits()) for path in sound(tmp_path)}

    assert len(found) == 200
    assert {name: one.faults for name, one in found.items() if one.faults} == {}
    assert all(one.examined and one.pages for one in found.values())


def test_every_planted_fault_of_a_file_is_found(tmp_path: Path) -> None:
    planted = faulty(tmp_path)
    missed = [
        one.path.name
        for one in planted
        if one.host_pages is None and one.code not in codes(inspect(one.path, Limits()))
    ]

    assert missed == []


def test_what_is_found_goes_between_processes_and_leaves_no_file_open(tmp_path: Path) -> None:
    planted = faulty(tmp_path)
    inspect(planted[0].path, Limits())
    before = open_files()
    for one in planted:
        found = inspect(one.path, Limits())
        assert pickle.loads(pickle.dumps(found)) == found
    assert open_files() == before
    assert pickle.loads(pickle.dumps(inspect)) is inspect


def test_the_metadata_of_a_book_is_among_the_facts(tmp_path: Path) -> None:
    told = comic_info(Series="Iron Harbor", Number=12, Own="kept")
    found = inspect(cbz(tmp_path / "a.cbz", {**pages(2), "ComicInfo.xml": told}), Limits())

    assert found.comic_info == {"Series": "Iron Harbor", "Number": "12", "Own": "kept"}
    assert (found.format, found.pages, found.unreadable) == ("zip", 2, 0)


def test_a_book_without_metadata_says_so(tmp_path: Path) -> None:
    assert inspect(cbz(tmp_path / "a.cbz", pages()), Limits()).comic_info is None


def test_metadata_in_its_place_is_preferred_to_metadata_elsewhere(tmp_path: Path) -> None:
    entries = {
        "a/ComicInfo.xml": comic_info(Title="elsewhere"),
        "ComicInfo.xml": comic_info(Title="in place"),
        "b/ComicInfo.xml": comic_info(Title="elsewhere"),
    }
    found = inspect(cbz(tmp_path / "a.cbz", {**pages(), **entries}), Limits())

    assert found.comic_info == {"Title": "in place"}
    assert codes(found) == ["comicinfo.place"] * 2


def test_a_broken_page_counts_as_a_page_that_cannot_be_read(tmp_path: Path) -> None:
    found = inspected(tmp_path, book(Raw(b"9.jpg", b"nothing"), Raw(b"8.jpg", picture(), crc=1)))

    assert (found.pages, found.unreadable) == (5, 2)


def test_pages_are_only_counted_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(book(Raw(b"9.jpg", b"nothing")))
    found = inspect(path, Limits(), decode=False)

    assert (found.faults, found.pages) == ((), 4)


def test_a_page_is_known_by_its_content_whatever_it_is_called(tmp_path: Path) -> None:
    found = inspect(cbz(tmp_path / "a.cbz", {"1.jpg": picture(".png"), "2": picture()}), Limits())

    assert found.pages == 2
    assert [(one.code, one.place, one.detail) for one in found.faults] == [
        ("page.extension", "1.jpg", "it is a PNG picture"),
        ("page.extension", "2", "it is a JPEG picture"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("Thumbs.db", b"\xd0\xcf", "archive.junk"),
        (".DS_Store", b"x", "archive.junk"),
        ("__MACOSX/._001.jpg", b"\x00\x05\x16\x07", "archive.junk"),
        ("a/._001.jpg", picture(), "archive.junk"),
        ("release.nfo", b"scanned by a friend", "archive.foreign"),
        ("film.mp4", bytes(9_000), "archive.foreign"),
    ],
)
def test_what_does_not_belong_there_is_named_and_is_no_page(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    found = inspect(cbz(tmp_path / "a.cbz", {**pages(), name: content}), Limits())

    assert [(one.code, one.place) for one in found.faults] == [(code, name)]
    assert found.pages == 3


@pytest.mark.parametrize("name", ["MetronInfo.xml", "CoMet.xml", "book.acbf"])
def test_metadata_of_other_kinds_belongs_there(tmp_path: Path, name: str) -> None:
    found = inspect(cbz(tmp_path / "a.cbz", {**pages(), name: b"<x/>"}), Limits())

    assert found.faults == ()


def test_an_epub_is_checked_without_the_rules_of_comics(tmp_path: Path) -> None:
    entries = {**EPUB, "text/1.xhtml": b"<html/>", "fonts.zip": b"PK", "1.jpg": picture()}
    found = inspect(cbz(tmp_path / "a.epub", entries), Limits())

    assert (found.format, found.faults, found.pages) == ("epub", (), None)
    broken = inspect(cbz(tmp_path / "b.epub", {**EPUB, "1.jpg": picture()[:-400]}), Limits())
    assert codes(broken) == ["page.undecodable"]


@pytest.mark.parametrize(
    ("suffix", "content", "kind", "told"),
    [
        (".cbr", rar5([Stored("1.jpg", picture())]), "rar", "reading RAR needs one of"),
        (".cb7", b"7z\xbc\xaf\x27\x1c" + bytes(50), "7z", "needs the module py7zr"),
        (".pdf", b"%PDF-1.7\n", "pdf", "it is a PDF document"),
    ],
)
def test_what_cannot_be_examined_inside_says_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    content: bytes,
    kind: str,
    told: str,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "py7zr", None)
    found = inspected(tmp_path, content, f"a{suffix}")

    assert (found.format, codes(found), found.examined) == (kind, ["archive.not-examined"], False)
    assert told in found.faults[0].detail


def seven(**entries: bytes) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w") as archive:
        for name, content in entries.items():
            archive.writestr(content, name)
    return target.getvalue()


def rar(**entries: bytes) -> bytes:
    need_tool()
    return rar5([Stored(name, content) for name, content in entries.items()])


PACKERS = [(rar, ".cbr"), (seven, ".cb7")]


@pytest.mark.parametrize(("pack", "suffix"), PACKERS)
def test_a_rar_or_7z_is_examined_inside_where_it_can_be_read(
    tmp_path: Path, pack: Callable[..., bytes], suffix: str
) -> None:
    told = {"ComicInfo.xml": comic_info(PageCount=3)}
    found = inspected(tmp_path, pack(**pages(2), **told), f"a{suffix}")

    assert codes(found) == ["comicinfo.page-count"]
    assert (found.pages, found.comic_info) == (2, {"PageCount": "3"})
    found = inspected(tmp_path, pack(**pages(2), x=b"x", **{"9.jpg": HTML}), f"a{suffix}")
    assert codes(found) == ["archive.foreign", "page.undecodable"]


@pytest.mark.parametrize(("pack", "suffix"), PACKERS)
def test_a_rar_or_7z_whose_pages_have_changed_cannot_be_unpacked(
    tmp_path: Path, pack: Callable[..., bytes], suffix: str
) -> None:
    content = pack(**pages(2))
    found = inspected(tmp_path, flipped(content, 500), f"a{suffix}")

    assert (codes(found), found.examined, found.pages) == (["archive.not-unpacked"], False, None)


def test_a_sound_tar_has_no_faults(tmp_path: Path) -> None:
    found = inspected(tmp_path, tar({**pages(), "ComicInfo.xml": comic_info(Title="x")}), "a.cbt")

    assert (found.faults, found.pages, found.comic_info) == ((), 3, {"Title": "x"})


def test_the_books_name_counts_where_the_file_is_a_download(tmp_path: Path) -> None:
    path = tmp_path / "download"
    path.write_bytes(book())

    assert inspect(path, Limits(), "a.cbz").faults == ()
    assert codes(inspect(path, Limits(), "a.cbr")) == ["archive.extension"]


LIMITS: list[tuple[Mapping[str, int], bytes, str]] = [
    ({"entries": 3}, book(Raw(b"4.jpg", picture())), "archive.entries"),
    ({"unpacked": 3_000}, book(), "archive.too-large"),
    ({"entry": 1_000}, book(), "archive.too-large"),
    ({"ratio": 2, "harmless": 99}, rawzip([Raw(b"1", bytes(999), DEFLATED)]), "archive.bomb"),
    ({"pixels": 24 * 36 - 1}, book(), "page.too-large"),
    ({"comic_info": 9}, book(Raw(b"ComicInfo.xml", comic_info())), "comicinfo.too-large"),
]


@pytest.mark.parametrize(("limits", "content", "code"), LIMITS, ids=[one[2] for one in LIMITS])
def test_a_limit_refuses_what_is_above_it(
    tmp_path: Path, limits: Mapping[str, int], content: bytes, code: str
) -> None:
    assert code in codes(inspected(tmp_path, content, **limits))


@pytest.mark.parametrize(
    ("name", "limits"),
    [("a.cbz", {"entries": 3}), ("a.cbz", {"pixels": 24 * 36}), ("a.cbt", {"entries": 3})],
)
def test_a_limit_allows_what_it_says(tmp_path: Path, name: str, limits: Mapping[str, int]) -> None:
    content = tar(pages()) if name.endswith("t") else book()

    assert inspected(tmp_path, content, name, **limits).faults == ()


@pytest.mark.parametrize("limits", [{"entries": 2}, {"unpacked": 2_000}, {"entry": 1_000}])
def test_the_limits_hold_for_tar_files_too(tmp_path: Path, limits: Mapping[str, int]) -> None:
    (code,) = codes(inspected(tmp_path, tar(pages()), "a.cbt", **limits))

    assert code in ("archive.entries", "archive.too-large")


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
@pytest.mark.parametrize("declared", [9, 30_000_000])
def test_a_bomb_is_stopped_long_before_it_has_unpacked(
    tmp_path: Path, method: int, declared: int
) -> None:
    path = cbz(tmp_path / "a.cbz", {"1.dat": bytes(30_000_000)}, method)
    honest, lie = ((30_000_000).to_bytes(4, "little"), declared.to_bytes(4, "little"))
    path.write_bytes(path.read_bytes().replace(honest, lie))
    tracemalloc.start()
    try:
        found = inspect(path, Limits(ratio=10**9))  # so that only reading itself can stop it
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert ("archive.size" in codes(found)) is (declared == 9)
    assert peak < 12 * MIB  # LZMA alone takes 8 for its dictionary


def test_a_bomb_by_its_own_word_is_refused_unread(tmp_path: Path) -> None:
    found = inspected(tmp_path, book(Raw(b"9.jpg", b"damaged", DEFLATED, size=30_000_000)))

    assert codes(found) == ["archive.bomb"]


def test_a_million_faults_are_counted_and_few_are_listed(tmp_path: Path) -> None:
    raws = [Raw(b"%d.jpg" % number, crc=1) for number in range(500)]
    found = inspected(tmp_path, rawzip([Raw(b"a.jpg", picture()), *raws]))

    assert codes(found) == ["archive.crc"] * MOST_PER_CODE
    assert found.more == {"archive.crc": 500 - MOST_PER_CODE}


def test_names_from_a_file_are_safe_to_show(tmp_path: Path) -> None:
    name = "\x1b[31m" + "x" * 400 + ".jpg"
    found = inspected(tmp_path, book(Raw(name.encode(), b"")))

    assert all(one.place.isprintable() and len(one.place) <= 201 for one in found.faults)
    assert found.faults[0].place.startswith("\\x1b[31mxxx")


def test_a_file_that_is_gone_is_no_finding(tmp_path: Path) -> None:
    with pytest.raises(Gone, match="no file"):
        inspect(tmp_path / "a.cbz", Limits())


def test_what_may_not_be_read_is_a_finding(tmp_path: Path) -> None:
    assert codes(inspect(tmp_path, Limits())) == ["archive.unreadable"]


def test_a_file_system_that_fails_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="cannot read"):
        inspect(tmp_path / ("x" * 300), Limits())


def test_too_little_memory_is_not_the_books_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr("shelfhook.archives.pages._decode", exhausted)
    path = cbz(tmp_path / "a.cbz", pages())
    with pytest.raises(Permanent, match=r"not enough memory to read a\.cbz"):
        inspect(path, Limits())

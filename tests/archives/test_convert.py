"""Archives of other formats become CBZ files with the same pages in the same order."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from shelfhook.archives import natural, repack, webp
from shelfhook.archives.convert import convert
from shelfhook.archives.members import Member, Sink, Source, Time
from shelfhook.errors import Gone, Permanent
from tests.archives.test_readers import SEVEN, STORED, TAR, seven, tar
from tests.support.books import moving_picture, picture
from tests.support.naming import named
from tests.support.rars import Stored, need_tool, rar4, rar5

PAGES = {
    "Book/10.jpg": picture(".jpg", 10),
    "Book/9.png": picture(".png", 9),
    "Book/2é.webp": picture(".webp", 2),
    "ComicInfo.xml": b"<ComicInfo>" + b" " * 500 + b"</ComicInfo>",
}
RAR_PAGES = {name.replace("é", ""): content for name, content in PAGES.items()}
ENTRIES = [Stored(name, content) for name, content in RAR_PAGES.items()]
MAKERS: Mapping[str, Callable[[], bytes]] = {
    "RAR 4": lambda: rar4(ENTRIES),
    "RAR 5": lambda: rar5(ENTRIES),
    "7z": lambda: seven(PAGES),
    "TAR": lambda: tar(PAGES),
}


def converted(folder: Path, content: bytes, quality: int | None = None) -> Path:
    source, target = folder / "book.cbr", folder / "new.cbz"
    source.write_bytes(content)
    target.unlink(missing_ok=True)
    convert(str(source), str(target), quality)
    assert source.read_bytes() == content
    return target


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("format_", MAKERS)
def test_every_page_is_byte_for_byte_what_it_was(tmp_path: Path, format_: str) -> None:
    if format_.startswith("RAR"):
        need_tool()
    pages = RAR_PAGES if format_.startswith("RAR") else PAGES

    made = converted(tmp_path, MAKERS[format_]())

    assert contents(made) == pages
    assert list(contents(made)) == list(pages)


def test_pages_are_stored_and_the_rest_is_packed(tmp_path: Path) -> None:
    with zipfile.ZipFile(converted(tmp_path, tar(PAGES))) as archive:
        methods = {one.filename: one.compress_type for one in archive.infolist()}
        times = {one.date_time for one in archive.infolist()}
        modes = {one.external_attr >> 16 for one in archive.infolist()}

    packed = methods.pop("ComicInfo.xml")
    assert packed == zipfile.ZIP_DEFLATED
    assert set(methods.values()) == {zipfile.ZIP_STORED}
    assert times == {(2014, 5, 17, 12, 34, 56)}
    assert modes == {0o100644}


def test_the_same_archive_gives_the_same_file_again(tmp_path: Path) -> None:
    content = tar(PAGES)

    first = converted(tmp_path, content, 80).read_bytes()

    assert converted(tmp_path, content, 80).read_bytes() == first


def test_a_zip_file_is_copied_as_it_is(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("1.jpg", picture())
        archive.comment = b"kept"

    assert converted(tmp_path, content.getvalue(), 50).read_bytes() == content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 and then nothing", "no directory at its end"),
        (b"%PDF-1.7", "is no archive of pages"),
        (b"", "is no archive of pages"),
        (TAR[:2000], "damaged"),
        (SEVEN[:-5], "damaged"),
    ],
    ids=named,
)
def test_a_file_that_cannot_be_converted_leaves_nothing_behind(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(Permanent, match=reason):
        converted(tmp_path, content)

    assert list(tmp_path.iterdir()) == [tmp_path / "book.cbr"]


def test_a_vanished_file_is_gone_and_an_existing_target_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(Gone):
        convert(str(tmp_path / "book.cbr"), str(tmp_path / "new.cbz"))
    (tmp_path / "book.cbr").write_bytes(tar(PAGES))
    (tmp_path / "new.cbz").write_bytes(b"somebody's")
    with pytest.raises(Permanent, match="File exists"):
        convert(str(tmp_path / "book.cbr"), str(tmp_path / "new.cbz"))

    assert (tmp_path / "new.cbz").read_bytes() == b"somebody's"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["../1.jpg"], "leads to the folder above"),
        (["/etc/1.jpg"], "begins at the root"),
        (["C:1.jpg"], "begins with a drive"),
        (["a\\1.jpg"], "not every system can write"),
        (["a\n1.jpg"], "not every system can write"),
        (["a//1.jpg"], "a part of its name is empty"),
        (["1.jpg", "1.jpg"], "1.jpg and 1.jpg would be one"),
        (["Book/1.jpg", "book/1.JPG"], "would be one"),
        (["é.jpg", "e\u0301.jpg"], "would be one"),
        (["readme.txt", "__MACOSX/1.jpg", "._1.jpg"], "it has no pages"),
        ([], "it has no pages"),
    ],
)
def test_names_that_a_zip_should_not_have_are_refused(
    tmp_path: Path, names: list[str], reason: str
) -> None:
    members = tuple(Member(name, 1) for name in names)
    source = Source(members, lambda sink: pytest.fail("it must not be unpacked"), "test")

    with pytest.raises(Permanent, match=f"cannot be converted: .*{reason}"):
        repack.repack(source, tmp_path / "new.cbz", None, 1)

    assert not list(tmp_path.iterdir())


def test_names_with_wide_spaces_are_names(tmp_path: Path) -> None:
    pages = {"第\u30001話.jpg": b"page"}

    assert contents(converted(tmp_path, tar(pages))) == pages


def _pouring(pages: list[tuple[str, bytes]], sink: Sink) -> None:
    for name, content in pages:
        sink(Member(name, len(content)), content)


def test_a_reader_that_leaves_out_a_page_is_noticed(tmp_path: Path) -> None:
    source = Source(
        (Member("1.jpg", 3), Member("2.jpg", 3)), partial(_pouring, [("1.jpg", b"one")]), "test"
    )

    with pytest.raises(Permanent, match="1 of 2 entries"):
        repack.repack(source, tmp_path / "new.cbz", None, 1)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("time", "held"),
    [
        (None, (1980, 1, 1, 0, 0, 0)),
        ((1970, 1, 1, 0, 0, 0), (1980, 1, 1, 0, 0, 0)),
        ((2514, 5, 17, 12, 34, 56), (2107, 12, 31, 23, 59, 58)),
        ((2014, 0, 0, 0, 0, 0), (2014, 1, 1, 0, 0, 0)),
        ((2014, 15, 31, 31, 63, 62), (2014, 12, 31, 23, 59, 58)),
    ],
)
def test_a_time_that_a_zip_cannot_hold_is_the_nearest(
    tmp_path: Path, time: Time | None, held: Time
) -> None:
    member = Member("1.jpg", 3, time)
    source = Source((member,), lambda sink: sink(member, b"one"), "test")

    repack.repack(source, tmp_path / "new.cbz", None, 1)

    with zipfile.ZipFile(tmp_path / "new.cbz") as archive:
        assert archive.infolist()[0].date_time == held


def test_what_one_tool_cannot_read_the_next_one_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_tool()
    if shutil.which("bsdtar") is None:
        pytest.skip("bsdtar is not on the PATH")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "unar").write_text("#!/bin/sh\nhead -c 2000 /dev/zero\n")
    (tools / "unar").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    folder = tmp_path / "books"
    folder.mkdir()

    made = converted(folder, rar5(STORED))

    assert set(contents(made)) == {one.name for one in STORED}


# Pages made smaller.


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def decoded(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.copy()


def gradient(mode: str = "RGB", size: tuple[int, int] = (64, 96)) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


ORIENTATION = 0x0112  # of EXIF; 6 means: turn it to the right


def rotated() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image = gradient(size=(96, 64))
    image.paste((255, 0, 0), (0, 0, 48, 16))
    return encoded(image, "JPEG", quality=98, exif=exif)


def test_pages_become_webp_where_that_is_smaller_and_the_rest_stays(tmp_path: Path) -> None:
    large = encoded(gradient(), "PNG", compress_level=0)
    pages = {
        "1.png": large,
        "2.png": b"\x89PNG\r\n\x1a\n tiny and broken",
        "3.webp": picture(".webp"),
        "ComicInfo.xml": b"<ComicInfo/>",
    }

    made = contents(converted(tmp_path, tar(pages), 80))

    assert list(made) == ["1.webp", "2.png", "3.webp", "ComicInfo.xml"]
    assert {name: made[name] for name in list(made)[1:]} == {
        name: pages[name] for name in list(pages)[1:]
    }
    assert len(made["1.webp"]) < len(large)
    assert decoded(made["1.webp"]).size == (64, 96)


@pytest.mark.parametrize(
    ("make", "mode"),
    [
        (lambda: encoded(gradient(), "BMP"), "RGB"),
        (lambda: encoded(gradient("L"), "TIFF"), "RGB"),
        (lambda: encoded(Image.new("1", (512, 512)), "PNG", compress_level=0), "RGB"),
        (lambda: encoded(gradient("P"), "PNG", compress_level=0), "RGB"),
        (lambda: encoded(gradient("P"), "PNG", compress_level=0, transparency=7), "RGBA"),
        (lambda: encoded(gradient("RGB"), "PNG", compress_level=0, transparency=(9, 9, 9)), "RGBA"),
        (lambda: encoded(gradient("LA"), "PNG", compress_level=0), "RGBA"),
        (lambda: encoded(gradient("RGBA"), "PNG", compress_level=0), "RGBA"),
        (lambda: encoded(gradient(size=(256, 256)), "GIF"), "RGB"),
        (lambda: encoded(gradient(), "JPEG", quality=100), "RGB"),
    ],
)
def test_pictures_of_many_kinds_become_webp(make: Callable[[], bytes], mode: str) -> None:
    made = webp.smaller(make(), 60, 10**6)

    assert made is not None
    image = decoded(made.content)
    assert (image.format or "WEBP", image.size) == ("WEBP", made.size)
    # WebP leaves out an alpha channel that hides nothing.
    assert image.mode in {mode, "RGB"}


@pytest.mark.parametrize(
    "make",
    [
        lambda: moving_picture("GIF"),
        lambda: moving_picture("PNG"),
        lambda: encoded(gradient("CMYK"), "JPEG", quality=100),
        lambda: encoded(gradient().convert("I;16"), "PNG"),
        lambda: encoded(gradient("L"), "PNG", icc_profile=b"of grey" * 20, compress_level=0),
        lambda: encoded(gradient(size=(16_400, 2)), "PNG", compress_level=0),
        lambda: encoded(gradient(size=(1001, 1000)), "PNG", compress_level=0),
        lambda: encoded(gradient(), "PNG", compress_level=0)[:-200],
        lambda: encoded(gradient(), "WEBP", lossless=True),
        lambda: picture(".jpg"),
        lambda: b"",
        lambda: b"no picture",
    ],
)
def test_pictures_that_would_lose_stay_as_they_are(make: Callable[[], bytes]) -> None:
    assert webp.smaller(make(), 100, 10**6) is None


def test_a_picture_of_absurd_size_stays_as_it_is() -> None:
    content = encoded(Image.new("1", (16_000, 16_000)), "PNG")

    assert webp.smaller(content, 50, 10**6) is None


def test_a_turned_picture_is_shown_as_before(tmp_path: Path) -> None:
    made = contents(converted(tmp_path, tar({"1.jpg": rotated()}), 90))["1.webp"]

    image = decoded(made).convert("RGB")
    assert image.size == (64, 96)
    assert ORIENTATION not in image.getexif()
    red, green, blue = image.getpixel((60, 5))  # type: ignore[misc] # a picture of three colours
    assert red > 180 and green < 90 and blue < 90  # the patch of the left upper corner, turned


def test_a_colour_profile_is_kept() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = encoded(gradient(size=(200, 200)), "PNG", compress_level=0, icc_profile=profile)

    made = webp.smaller(content, 60, 10**6)

    assert made is not None
    assert decoded(made.content).info["icc_profile"] == profile


def test_pages_that_only_their_extension_tells_apart_keep_it(tmp_path: Path) -> None:
    large = encoded(gradient(), "PNG", compress_level=0)
    pages = {"1.png": large, "1.JPG": large, "1.txt": b"text", "2.png": large}

    assert list(contents(converted(tmp_path, tar(pages), 50))) == [
        "1.png",
        "1.JPG",
        "1.txt",
        "2.webp",
    ]


NAMES = st.lists(
    st.builds(
        lambda stem, suffix: stem + suffix,
        st.text(st.sampled_from("aB01 9-_.é/"), min_size=1, max_size=6),
        st.sampled_from([".jpg", ".png", ".webp", ".xml", ""]),
    ),
    max_size=8,
)


@given(NAMES)
def test_pages_are_read_in_the_same_order_whichever_become_webp(names: list[str]) -> None:
    members = [Member(name, 1) for name in names]
    alone = repack._alone(members)

    renamed = [
        name.rpartition(".")[0] + ".webp" if name in alone and place % 2 else name
        for place, name in enumerate(names)
    ]

    kept = [place for place in natural.order(names) if names.count(names[place]) == 1]
    assert [place for place in natural.order(renamed) if names.count(names[place]) == 1] == kept


def test_digits_count_as_numbers() -> None:
    names = ["p10.jpg", "p9.jpg", "P1.jpg", "cover.jpg", "2.jpg", "010.jpg"]

    assert [names[place] for place in natural.order(names)] == [
        "2.jpg",
        "010.jpg",
        "cover.jpg",
        "P1.jpg",
        "p9.jpg",
        "p10.jpg",
    ]

"""A page is sound if all of it can be decoded."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from shelfhook.archives import formats, pages
from shelfhook.archives.faults import FaultError
from tests.support.books import moving_picture, picture
from tests.support.faulty_contents import huge_png

SIZE = 24 * 36


def encoded(mode: str, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, (24, 36)).save(target, kind, **options)
    return target.getvalue()


SOUND = [
    ("jpeg", encoded("RGB", "JPEG")),
    ("jpeg", encoded("L", "JPEG", progressive=True)),
    ("jpeg", encoded("CMYK", "JPEG")),
    ("png", encoded("RGBA", "PNG")),
    ("png", encoded("P", "PNG")),
    ("png", encoded("I;16", "PNG")),
    ("png", encoded("1", "PNG")),
    ("png", moving_picture("PNG")),
    ("gif", encoded("P", "GIF")),
    ("gif", moving_picture("GIF")),
    ("webp", encoded("RGBA", "WEBP", lossless=True)),
    ("webp", moving_picture("WEBP")),
    ("bmp", encoded("RGB", "BMP")),
    ("tiff", encoded("RGB", "TIFF", compression="tiff_lzw")),
    ("jpeg2000", encoded("RGB", "JPEG2000")),
]


@pytest.mark.parametrize(("kind", "content"), SOUND, ids=[one[0] for one in SOUND])
def test_a_sound_page_is_decoded(kind: str, content: bytes) -> None:
    assert pages.check(content, SIZE) == kind


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
def test_an_avif_page_is_decoded_where_pillow_can() -> None:
    assert pages.check(encoded("RGB", "AVIF"), SIZE) == "avif"


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"\xff\x0a" + bytes(60), "JPEG XL"), (b"\0\0\0\x18ftypheic" + bytes(60), "HEIF")],
)
def test_a_format_without_a_decoder_is_told_from_a_broken_page(content: bytes, what: str) -> None:
    with pytest.raises(FaultError, match=what) as raised:
        pages.check(content, SIZE)

    assert raised.value.code == "page.format-unknown"


def test_a_decoder_that_pillow_was_built_without_counts_as_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Image.init()
    factory, _ = Image.OPEN["WEBP"]
    monkeypatch.setitem(Image.OPEN, "WEBP", (factory, lambda _: "WEBP support not installed"))
    with pytest.raises(FaultError) as raised:
        pages.check(picture(".webp"), SIZE)

    assert raised.value.code == "page.format-unknown"


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "empty"), (b"<html>", "a web page"), (bytes(9), "zero bytes"), (b"PK\x03\x04", "ZIP")],
)
def test_what_is_no_picture_is_called_what_it_is(content: bytes, what: str) -> None:
    with pytest.raises(FaultError, match=what) as raised:
        pages.check(content, SIZE)

    assert raised.value.code == "page.undecodable"


@pytest.mark.parametrize("content", [picture(), huge_png(), moving_picture("GIF")])
def test_a_page_with_too_many_pixels_is_not_decoded(content: bytes) -> None:
    with pytest.raises(FaultError, match="pixels") as raised:
        pages.check(content, SIZE - 1)

    assert raised.value.code == "page.too-large"


def test_only_as_many_frames_are_decoded_as_the_pixels_allow() -> None:
    cut = moving_picture("GIF", 4)[:-40]  # in its last frame

    assert pages.check(cut, SIZE * 3) == "gif"
    with pytest.raises(FaultError, match="truncated"):
        pages.check(cut, SIZE * 4)


@given(data=st.data(), suffix=st.sampled_from([".jpg", ".png", ".webp", ".gif"]))
def test_a_page_cut_short_is_found(data: st.DataObject, suffix: str) -> None:
    content = picture(suffix)
    cut = data.draw(st.integers(0, len(content) - 60))

    with pytest.raises(FaultError):
        pages.check(content[:cut], SIZE)


@given(st.sampled_from([mark for mark, _ in formats._MARKS]), st.binary(max_size=500))
def test_noise_ends_in_a_fault_or_a_picture(head: bytes, noise: bytes) -> None:
    try:
        assert pages.check(head + noise, SIZE) in formats.PICTURES
    except FaultError as fault:
        assert fault.code.startswith("page.")

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from shelfhook.errors import Permanent
from shelfhook.hosts.komga.pictures import fitting


def noise(width: int, height: int, kind: str, mode: str = "RGB") -> bytes:
    """A picture that packs badly."""
    image = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))
    out = io.BytesIO()
    image.convert(mode).save(out, kind)
    return out.getvalue()


def test_what_is_small_enough_stays_as_it_is_whatever_it_is() -> None:
    assert fitting(b"no image at all") == b"no image at all"


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("WEBP", "RGB")],
)
def test_a_large_picture_becomes_a_jpeg_that_fits_and_keeps_its_shape(kind: str, mode: str) -> None:
    large = noise(900, 1350, kind, mode)
    assert len(large) > 500_000
    small = fitting(large, 500_000)
    assert len(small) <= 500_000
    with Image.open(io.BytesIO(small)) as opened:
        assert opened.format == "JPEG"
        assert opened.width / opened.height == pytest.approx(2 / 3, abs=0.01)
        assert opened.height >= 600


def test_the_first_size_that_fits_is_taken() -> None:
    large = noise(900, 1200, "PNG")
    with Image.open(io.BytesIO(fitting(large, 400_000))) as opened:
        assert 400 < opened.height < 1200


@pytest.mark.parametrize("image", [b"x" * 2000, noise(100, 100, "PNG")[:2000]])
def test_what_is_large_and_no_whole_picture_is_refused(image: bytes) -> None:
    with pytest.raises(Permanent, match="no image that can be read"):
        fitting(image, 1000)


def test_what_cannot_be_made_small_enough_is_refused() -> None:
    with pytest.raises(Permanent, match="cannot be made smaller than 100 bytes"):
        fitting(noise(500, 500, "PNG"), 100)

"""Looks at a page and says what speaks against it as a cover."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from PIL import Image

Fault: TypeAlias = Literal["", "undecodable", "landscape", "strip", "blank"]
"""What a page is that makes a poor cover; "" for nothing."""

MOST_PIXELS = 150_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""Of pages. Left to itself Pillow would try EPS too, with a program that runs what stands in it."""
_SMALL = 192
"""Pixels of the longest side in which a page is looked at."""
_STRIP = 2.5
"""Times as high as wide: a page of a webtoon, which is read by scrolling."""
_SHADES = 24
"""Of 256. What is no further from the page's own colour than this may be paper or noise."""
_DRAWN = 0.01
"""The part of a page that must differ from its colour. A line of text on white is less."""


def look(image: bytes) -> Fault:
    """The first thing that is wrong with a page. Runs in a worker process."""
    from PIL import Image

    try:
        with warnings.catch_warnings(action="ignore"):  # the number of pixels is looked at below
            return _look(image)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return "undecodable"


def _look(image: bytes) -> Fault:
    from PIL import Image

    with Image.open(io.BytesIO(image), formats=_FORMATS) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS:
            return "undecodable"
        opened.draft("RGB", (_SMALL, _SMALL))  # a JPEG need not be unpacked whole for this
        opened.load()
        if width > height:
            return "landscape"
        if height > _STRIP * width:
            return "strip"
        return "blank" if _is_blank(opened) else ""


def _is_blank(page: Image.Image) -> bool:
    """Whether nearly all of a page has one colour."""
    page.thumbnail((_SMALL, _SMALL))
    counts = page.convert("RGBA").convert("RGB").convert("L").histogram()
    ground = max(range(256), key=lambda shade: counts[shade])
    near = sum(counts[max(0, ground - _SHADES) : ground + _SHADES + 1])
    return 1 - near / sum(counts) < _DRAWN

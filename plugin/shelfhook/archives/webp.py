"""Pages made smaller: the same picture as WebP."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shelfhook.archives import formats

if TYPE_CHECKING:
    from PIL.Image import Image

_LARGEST_SIDE = 16_383  # of a WebP picture
_SOURCES = ("JPEG", "PNG", "GIF", "BMP", "TIFF")
_COLOURED = frozenset({"RGB", "RGBA", "P", "PA"})
_GREY = frozenset({"1", "L", "LA"})
_EFFORT = 4
# What Pillow's decoders raise on pictures that they cannot read.
_UNREADABLE = (OSError, SyntaxError, ValueError, TypeError, LookupError, OverflowError, EOFError)


@dataclass(frozen=True, slots=True)
class Smaller:
    """A page as WebP; `size` is width and height, as shown."""

    content: bytes
    size: tuple[int, int]


def smaller(content: bytes, quality: int, pixels: int) -> Smaller | None:
    """The page as WebP; None if it should stay as it is.

    That is: it would not become smaller, moves, is WebP already, has more than `pixels` or colours
    that WebP does not know (CMYK, 16 bits), or cannot be decoded. What EXIF says of its orientation
    is carried out, its colour profile is kept.
    """
    if formats.picture(content[: formats.HEAD]) == "webp":
        return None
    try:
        with _opened(content, *_SOURCES) as page:
            made = _encoded(page, quality) if _fits(page, pixels) else None
    except _UNREADABLE:
        return None
    return made if made and len(made.content) < len(content) else None


def size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP page that can be decoded whole; None if it cannot."""
    try:
        with _opened(content, "WEBP") as page:
            page.load()
            return page.size
    except _UNREADABLE:
        return None


@contextmanager
def _opened(content: bytes, *decoders: str) -> Iterator[Image]:
    from PIL import Image

    with warnings.catch_warnings():
        # Pillow would warn of sizes, which `_fits` looks at, and of odd EXIF.
        warnings.simplefilter("ignore")
        try:
            page = Image.open(io.BytesIO(content), formats=decoders)
        except Image.DecompressionBombError as error:
            raise ValueError("too many pixels") from error
        with page:
            yield page


def _fits(page: Image, pixels: int) -> bool:
    width, height = page.size
    if max(width, height) > _LARGEST_SIDE or width * height > pixels:
        return False
    return getattr(page, "n_frames", 1) == 1


def _encoded(page: Image, quality: int) -> Smaller | None:
    from PIL import ImageOps

    profile = page.info.get("icc_profile")
    upright = ImageOps.exif_transpose(page)
    mode = _mode(upright)
    if not mode:
        return None
    shown = upright if upright.mode == mode else upright.convert(mode)
    out = io.BytesIO()
    shown.save(out, "WEBP", quality=quality, method=_EFFORT, icc_profile=profile or b"", exif=b"")
    return Smaller(out.getvalue(), shown.size)


def _mode(page: Image) -> str:
    """The mode in which WebP holds the picture without loss of colours; "" if it cannot."""
    if page.mode not in _COLOURED | _GREY:
        return ""
    if page.mode in _GREY and page.info.get("icc_profile"):
        return ""  # the profile is of grey, and would be wrong for a picture of colours
    return "RGBA" if page.has_transparency_data else "RGB"

"""Makes an image small enough for Komga."""

from __future__ import annotations

import io

from shelfhook.errors import Permanent

LARGEST = 1024 * 1024
"""Bytes of an upload: Spring's default. A larger one is answered with a 500 (komga#664)."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""Of pages. Left to itself Pillow would try EPS too, with a program that runs what stands in it."""
_SIZES = ((1600, 85), (1200, 80), (800, 70), (400, 60))
"""Longest side in pixels, and quality: the first that fits is taken."""


def fitting(image: bytes, largest: int = LARGEST) -> bytes:
    """The image itself if it is small enough, else a smaller JPEG of it.

    Raises:
        Permanent: it is too large, and cannot be made smaller.
    """
    if len(image) <= largest:
        return image
    for side, quality in _SIZES:
        smaller = _smaller(image, side, quality)
        if len(smaller) <= largest:
            return smaller
    raise Permanent(f"the cover cannot be made smaller than {largest} bytes")


def _smaller(image: bytes, side: int, quality: int) -> bytes:
    from PIL import Image  # only for covers, and its import costs every start some 50 ms

    try:
        with Image.open(io.BytesIO(image), formats=_FORMATS) as opened:
            opened.draft("RGB", (side, side))
            opened.thumbnail((side, side))
            out = io.BytesIO()
            opened.convert("RGB").save(out, "JPEG", quality=quality)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Permanent(f"the cover is no image that can be read: {error}") from error
    return out.getvalue()

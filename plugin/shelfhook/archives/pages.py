"""Decodes pages: nothing else shows that a picture is whole."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from shelfhook.archives import formats
from shelfhook.archives.faults import FaultError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MOST_FRAMES = 1_000
"""Frames of a moving picture that are decoded, at most."""

_DECODERS: Mapping[str, str] = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "bmp": "BMP",
    "tiff": "TIFF",
    "avif": "AVIF",
    "heif": "HEIF",
    "jxl": "JXL",
    "jpeg2000": "JPEG2000",
}
"""Pillow's names. HEIF and JXL need a plugin, AVIF a Pillow that was built with it."""


def check(content: bytes, pixels: int) -> str:
    """Decode a page, all of it.

    Args:
        pixels: how many it may have; of a moving picture, as many frames are decoded as that buys.

    Returns:
        The picture's format, of `formats.PICTURES`.

    Raises:
        FaultError: it cannot be decoded, is too big, or there is no decoder for it here.
    """
    kind = formats.kind_of(content[: formats.HEAD])
    if kind not in formats.PICTURES:
        raise FaultError("page.undecodable", f"it is {formats.NAMES[kind]}")
    decoder = _decoder(kind, content)
    if decoder is None:
        raise FaultError("page.format-unknown", f"it is {formats.NAMES[kind]}")
    try:
        with decoder(io.BytesIO(content), "") as picture:
            _decode(picture, pixels)
    except (FaultError, MemoryError):
        raise
    except Exception as error:  # decoders raise anything at all on a broken picture
        raise FaultError("page.undecodable", _reason(error)) from error
    return kind


def _decoder(kind: str, content: bytes) -> Callable[[io.BytesIO, str], ImageFile] | None:
    """Pillow's own decoder of a format; None if this Pillow has none.

    `Image.open` is not used: it tries formats that no page has (one of them starts Ghostscript),
    and its limit of pixels is one for the whole process.
    """
    from PIL import Image

    Image.init()
    decoder, accepts = Image.OPEN.get(_DECODERS[kind], (None, None))
    built_without = accepts is not None and isinstance(accepts(content[:16]), str)
    return None if built_without else decoder


def _decode(picture: ImageFile, pixels: int) -> None:
    width, height = picture.size
    if width * height > pixels:
        raise FaultError("page.too-large", f"{width} x {height} pixels")
    picture.load()
    if picture.format in ("GIF", "PNG", "WEBP"):  # others hold previews rather than frames
        _decode_frames(picture, pixels // max(1, width * height))


def _decode_frames(picture: ImageFile, most: int) -> None:
    for number in range(1, min(MOST_FRAMES, most)):
        try:
            picture.seek(number)
        except EOFError:  # there is no such frame; counting them first would cost a pass of its own
            return
        picture.load()


def _reason(error: Exception) -> str:
    text = str(error).strip()
    return text if isinstance(error, OSError) and text else f"{type(error).__name__}: {text}"

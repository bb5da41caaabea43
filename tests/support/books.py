"""The parts that books are made of: pages, ComicInfo.xml, and the plainest CBZ."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from PIL import Image

FORMATS = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF"}
COMIC_INFO = """<?xml version="1.0" encoding="utf-8"?>
<ComicInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
{fields}
</ComicInfo>
"""


@cache
def picture(suffix: str = ".jpg", number: int = 0, size: tuple[int, int] = (24, 36)) -> bytes:
    """A page of noise, always the same for the same arguments."""
    noise = random.Random(f"{suffix}{number}").randbytes(size[0] * size[1] * 3)
    target = io.BytesIO()
    Image.frombytes("RGB", size, noise).save(target, FORMATS[suffix])
    return target.getvalue()


@cache
def moving_picture(format_: str = "GIF", frames: int = 3) -> bytes:
    made = [Image.new("RGB", (24, 36), (number * 40, 90, 200 - number)) for number in range(frames)]
    target = io.BytesIO()
    made[0].save(target, format_, save_all=True, append_images=made[1:])
    return target.getvalue()


def comic_info(*inner: str, **fields: object) -> bytes:
    """A ComicInfo.xml with these elements; `inner` stands there as it is."""
    lines = [f"  <{name}>{value}</{name}>" for name, value in fields.items()]
    return COMIC_INFO.format(fields="\n".join([*lines, *inner])).encode()


def pages(count: int = 3, suffix: str = ".jpg") -> dict[str, bytes]:
    return {f"{number:03}{suffix}": picture(suffix, number) for number in range(1, count + 1)}


def cbz(path: Path, entries: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    """A CBZ as the standard library writes it."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path

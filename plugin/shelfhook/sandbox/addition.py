"""Adds a small real book to a folder, with nothing but the standard library."""

import struct
import zipfile
import zlib
from pathlib import Path

_WIDTH, _HEIGHT = 8, 12


def add_book(root: Path, series: str, name: str, pages: int = 2) -> Path:
    """Write `root/series/name.cbz`; the file appears at once and whole."""
    folder = root / Path(series).name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{Path(name).name}.cbz"
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for page in range(1, pages + 1):
            archive.writestr(f"page{page:03}.png", grey_png(page * 40 % 256))
    unfinished.rename(path)
    return path


def grey_png(shade: int) -> bytes:
    """Make a one-coloured PNG."""
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    rows = (b"\x00" + bytes([shade]) * _WIDTH) * _HEIGHT
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum

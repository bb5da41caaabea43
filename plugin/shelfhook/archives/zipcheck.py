"""Reads a ZIP file through: every entry unpacked, counted and compared with its checksum.

What an archive declares decides only whether it is refused; while unpacking, each entry is stopped
at the size that it declared, so no more is ever unpacked than was allowed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from shelfhook.archives import formats, zipdirectory
from shelfhook.archives.contents import Contents
from shelfhook.archives.faults import FaultError
from shelfhook.archives.limits import Limits
from shelfhook.archives.unpacking import CHUNK, unpacked
from shelfhook.archives.zipdirectory import Entry

EPUB = frozenset({"mimetype", "META-INF/container.xml"})
"""Entries that every EPUB book has."""

_LOCAL = struct.Struct("<4s5H3L2H")  # APPNOTE 4.3.7


def check(file: BinaryIO, contents: Contents) -> None:
    """Find what is wrong with the ZIP file, and give it to `contents` entry by entry.

    Raises:
        FaultError: it is not sound enough to go on, or it is refused.
    """
    limits, faults = contents.limits, contents.faults
    directory = zipdirectory.find(file)
    if directory is None:
        raise FaultError("archive.truncated", "it has no directory, which stands at the end")
    found = list(zipdirectory.entries(file, directory, limits.entries))
    if directory.leading:
        faults.add("archive.leading", detail=f"{directory.leading} bytes")
    if directory.trailing:
        faults.add("archive.trailing", detail=f"{directory.trailing} bytes")
    _refuse_bombs(found, directory.start + directory.size, limits)
    contents.comic = not EPUB.issubset(entry.name for entry in found)
    for entry in _with_room(found, directory.start):
        contents.announce(entry.name, entry.raw)
        if entry.link:
            faults.add("archive.link", entry.name)
        elif not entry.folder:
            _take(file, entry, contents)


def looks_like_one(file: BinaryIO) -> bool:
    """Whether a file that begins like something else is a ZIP file with something in front."""
    try:
        directory = zipdirectory.locate(file)
        if directory is None:
            return False
        return next(zipdirectory.entries(file, directory, 1), None) is not None
    except FaultError:
        return False


def read(file: BinaryIO, entry: Entry, wanted: Callable[[bytes], bool]) -> bytes:
    """Unpack an entry, to the end but never further than it declared.

    Args:
        wanted: asked with the first bytes whether the content is worth keeping.

    Returns:
        The content; only its head if it was not worth keeping.

    Raises:
        FaultError: it is not what the directory says.
    """
    size = crc = 0
    kept: list[bytes] = []
    keep = True
    for chunk in unpacked(entry.method, _packed(file, entry)):
        if not kept:
            keep = wanted(chunk)
            kept.append(chunk if keep else chunk[: formats.HEAD])
        elif keep:
            kept.append(chunk)
        size += len(chunk)
        crc = zlib.crc32(chunk, crc)
        if size > entry.size:
            raise FaultError("archive.size", f"it holds more than the {entry.size} bytes declared")
    if size < entry.size:
        raise FaultError("archive.size", f"it holds {size} bytes instead of {entry.size}")
    if crc != entry.crc:
        raise FaultError("archive.crc", f"{crc:08x} instead of {entry.crc:08x}")
    return b"".join(kept)


def _refuse_bombs(found: Sequence[Entry], packed: int, limits: Limits) -> None:
    total = sum(entry.size for entry in found)
    if total > limits.unpacked:
        raise FaultError("archive.too-large", f"{total} bytes, {limits.unpacked} allowed")
    largest = max(found, key=lambda entry: entry.size, default=None)
    if largest is not None and largest.size > limits.entry:
        raise FaultError("archive.too-large", f"{largest.size} bytes in {largest.name}")
    if total > limits.harmless and total > limits.ratio * packed:
        raise FaultError("archive.bomb", f"{total // packed} times its own size")


def _with_room(found: Sequence[Entry], end: int) -> Sequence[Entry]:
    """The entries with their room filled in.

    Raises:
        FaultError: two of them share bytes, which makes a bomb out of a small file.
    """
    rooms: dict[int, int] = {}
    limit = end
    for entry in sorted(found, key=lambda entry: entry.offset, reverse=True):
        if entry.offset + _LOCAL.size + len(entry.raw) + entry.packed > limit:
            raise FaultError("archive.overlap", entry.name)
        rooms[entry.offset], limit = limit, entry.offset
    return [replace(entry, room=rooms[entry.offset]) for entry in found]


def _take(file: BinaryIO, entry: Entry, contents: Contents) -> None:
    """Give one entry's content to `contents`, or say what is wrong with it."""
    try:
        if entry.encrypted:
            raise FaultError("archive.encrypted")
        content = read(file, entry, lambda head: contents.wants(entry.name, entry.size, head))
    except FaultError as fault:
        contents.faults.add(fault.code, entry.name, fault.detail)
        contents.lost(entry.name)
    else:
        contents.take(entry.name, entry.size, content)


def _packed(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The bytes of an entry as they stand in the file."""
    file.seek(entry.offset)
    local = file.read(_LOCAL.size)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise FaultError("archive.header", "it does not begin where the directory says")
    name, extra = _LOCAL.unpack(local)[9:]
    if file.read(name) != entry.raw:
        raise FaultError("archive.header", "it has another name there than in the directory")
    if entry.offset + _LOCAL.size + name + extra + entry.packed > entry.room:
        raise FaultError("archive.header", "it reaches into the next entry")
    file.seek(extra, 1)
    left = entry.packed
    while left:
        piece = file.read(min(CHUNK, left))
        if not piece:
            raise FaultError("archive.truncated", f"{left} bytes are missing")
        left -= len(piece)
        yield piece

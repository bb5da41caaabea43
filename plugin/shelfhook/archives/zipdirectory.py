"""The directory of a ZIP file, read with suspicion.

The standard library's `zipfile` believes the directory and builds it whole; a hostile one may have
millions of entries, all in the same place. Sections named here are those of PKWARE's APPNOTE.TXT.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shelfhook.archives.faults import FaultError

END = b"PK\x05\x06"
_END = struct.Struct("<4s4H2LH")  # 4.3.16
_LOCATOR = struct.Struct("<4sLQL")  # 4.3.15
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_ENTRY = struct.Struct("<4s4B4HL2L5H2L")  # 4.3.12
_LONGEST_COMMENT = 0xFFFF
_HUGE, _MANY = 0xFFFFFFFF, 0xFFFF  # "see the ZIP64 record"
_ENCRYPTED = 0x1 | 0x40
_UTF8 = 0x800
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, as the directory declares it; none of it can be trusted.

    Attributes:
        raw: the name as it stands in the file.
        packed, size: bytes in the file, and of the content.
        offset: where the entry begins in the file.
        room: where the next thing begins; the entry must end before.
    """

    name: str
    raw: bytes
    method: int
    encrypted: bool
    link: bool
    packed: int
    size: int
    crc: int
    offset: int
    room: int = 0

    @property
    def folder(self) -> bool:
        """Whether it stands for a folder and has no content."""
        return self.name.endswith("/") and not self.size


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the directory lies.

    Attributes:
        start, size: the directory's place in the file, and its bytes.
        count: entries that the file says it has.
        leading: bytes before the archive's beginning; negative if some of the archive are missing.
        trailing: bytes behind its end; negative likewise.
    """

    start: int
    size: int
    count: int
    leading: int
    trailing: int


def find(file: BinaryIO) -> Directory | None:
    """The directory of a ZIP file; None if it has no end record, so is cut off or no ZIP at all.

    Raises:
        FaultError: there is one, and it cannot be right.
    """
    found = locate(file)
    if found and found.trailing < 0:
        raise FaultError("archive.truncated", "its last bytes are missing")
    if found and found.leading < 0:
        raise FaultError("archive.truncated", f"{-found.leading} bytes are missing inside")
    return found


def locate(file: BinaryIO) -> Directory | None:
    """As `find`, but also where bytes are missing.

    Raises:
        FaultError: the archive is one of several parts, or lacks a record.
    """
    whole = file.seek(0, os.SEEK_END)
    begin = max(0, whole - _END.size - _LONGEST_COMMENT)
    file.seek(begin)
    tail = file.read()
    at = _last_end(tail)
    if at < 0:
        return None
    _, disk, first, here, count, size, offset, comment = _END.unpack_from(tail, at)
    end = begin + at
    trailing = whole - end - _END.size - comment
    wide = _wide(file, end) if _MANY in (count, here) or _HUGE in (size, offset) else None
    if wide:
        end, disk, first, count, size, offset = wide
    if disk or first:
        raise FaultError("archive.damaged", "it is one part of a split archive")
    start = end - size
    return Directory(start, size, count, start - offset, trailing)


def entries(file: BinaryIO, directory: Directory, most: int) -> Iterator[Entry]:
    """The entries one by one, without their `room`.

    Raises:
        FaultError: there are more than `most`, or the directory is damaged.
    """
    end = directory.start + directory.size
    at = max(0, directory.start)
    number = 0
    while at < end:
        if number == most:
            raise FaultError("archive.entries", f"more than {most}")
        file.seek(at)
        fixed = file.read(_ENTRY.size)
        if len(fixed) < _ENTRY.size or not fixed.startswith(b"PK\x01\x02"):
            raise FaultError("archive.damaged", f"its directory is damaged at entry {number + 1}")
        lengths = _ENTRY.unpack(fixed)[12:15]
        variable = file.read(sum(lengths))
        at += _ENTRY.size + sum(lengths)
        if at > end or len(variable) < sum(lengths):
            raise FaultError("archive.damaged", f"its directory is damaged at entry {number + 1}")
        yield _entry(fixed, variable[: sum(lengths[:2])], directory.leading)
        number += 1
    if number & _MANY != directory.count & _MANY:
        raise FaultError(
            "archive.damaged", f"it says that it has {directory.count} entries, and has {number}"
        )


def _last_end(tail: bytes) -> int:
    """Where the end record begins; -1 if there is none. A comment may hold something alike."""
    last, at = -1, tail.rfind(END)
    while at >= 0:
        rest = len(tail) - at - _END.size
        if rest >= 0 and rest == int.from_bytes(tail[at + 20 : at + 22], "little"):
            return at
        if rest >= 0:
            last = max(last, at)
        at = tail.rfind(END, 0, at)
    return last


def _wide(file: BinaryIO, end: int) -> tuple[int, int, int, int, int, int] | None:
    """What the ZIP64 end record says, with its own place first; None if there is none."""
    if end < _LOCATOR.size + _END64.size:
        return None
    file.seek(end - _LOCATOR.size)
    mark, _, offset, _ = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if mark != b"PK\x06\x07":
        return None
    for place in (end - _LOCATOR.size - _END64.size, offset):  # the first is right behind a prefix
        file.seek(min(place, end))
        record = file.read(_END64.size)
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            _, _, _, _, disk, first, _, count, size, start = _END64.unpack(record)
            return place, disk, first, count, size, start
    raise FaultError("archive.damaged", "its ZIP64 end record is missing")


def _entry(fixed: bytes, variable: bytes, leading: int) -> Entry:
    parts = _ENTRY.unpack(fixed)
    system, flags, method, crc, packed, size = parts[2], *(parts[i] for i in (5, 6, 9, 10, 11))
    raw, extra = variable[: parts[12]], variable[parts[12] :]
    mode, offset = parts[17] >> 16, parts[18]
    size, packed, offset = _widened(extra, size, packed, offset)
    return Entry(
        name=raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace"),
        raw=raw,
        method=method,
        encrypted=bool(flags & _ENCRYPTED),
        link=system == _UNIX and mode & 0o170000 == 0o120000,
        packed=packed,
        size=size,
        crc=crc,
        offset=offset + leading,
    )


def _widened(extra: bytes, *narrow: int) -> list[int]:
    """Size, packed size and offset, those that do not fit from the ZIP64 extra field (4.5.3)."""
    values = list(narrow)
    field = _extra(extra, 1)
    for place, value in enumerate(values):
        if value == _HUGE and len(field) >= 8:
            values[place] = int.from_bytes(field[:8], "little")
            field = field[8:]
    return values


def _extra(extra: bytes, wanted: int) -> bytes:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == wanted:
            return extra[4 : 4 + length]
        extra = extra[4 + length :]
    return b""

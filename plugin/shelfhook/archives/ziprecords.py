"""The directory of a ZIP file as raw bytes, so that it can be written again as it was.

Stricter than an audit: what is odd is refused, because a file that is changed must be understood
whole. Sections named here are those of PKWARE's APPNOTE.TXT.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shelfhook.archives import formats, zipdirectory, zipends
from shelfhook.archives.faults import FaultError, plain
from shelfhook.archives.limits import MIB, Limits
from shelfhook.archives.zipends import HUGE, MANY, Ends, refused

LARGEST = 64 * MIB
"""Bytes of a directory; one beyond this is not that of a book."""

_FIXED = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_LOCAL = struct.Struct("<4s5H3L2H")  # 4.3.7
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8 = 0x800
_DESCRIPTOR = 0x8


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the directory, and where its data lies.

    Attributes:
        raw: the directory's bytes for it.
        name: decoded; `raw_name` as it stands.
        stamp: time and date as DOS has them, date first.
        packed, size: bytes before and after unpacking.
        offset: where its local header begins.
        offset_at, wide: where in `raw` the offset stands, and whether it has 64 bits there.
    """

    raw: bytes
    name: str
    raw_name: bytes
    flags: int
    method: int
    stamp: int
    crc: int
    packed: int
    size: int
    offset: int
    offset_at: int
    wide: bool

    def moved(self, offset: int) -> bytes:
        """`raw` with another offset, in the same field."""
        value = struct.pack("<Q" if self.wide else "<L", offset)
        return self.raw[: self.offset_at] + value + self.raw[self.offset_at + len(value) :]


@dataclass(frozen=True, slots=True)
class Records:
    """The whole directory.

    Attributes:
        start: where it begins: here the entries end.
        ends: what stands behind it.
    """

    records: tuple[Record, ...]
    start: int
    ends: Ends


def read(file: BinaryIO) -> Records:
    """The directory of an open ZIP file.

    Raises:
        Permanent: not a ZIP file, or one that had better be audited than changed.
    """
    head = file.read(formats.HEAD) if not file.seek(0) else b""
    kind = formats.kind_of(head)
    if not head.startswith(b"PK\x03\x04"):
        raise refused(f"it does not begin as a ZIP archive (it is {formats.NAMES[kind]})")
    try:
        found = zipdirectory.find(file)
    except FaultError as fault:
        raise refused(fault.detail) from fault
    if found is None:
        raise refused("it has no directory at its end; it may be cut off")
    if found.leading or found.trailing:
        raise refused(f"{found.leading or found.trailing} bytes do not belong to the archive")
    if found.size > LARGEST:
        raise refused(f"its directory has {found.size} bytes")
    file.seek(found.start)
    records = tuple(_records(file.read(found.size)))
    if len(records) & MANY != found.count & MANY:
        raise refused(f"it says that it has {found.count} entries, and has {len(records)}")
    ends = zipends.read(file.read(), found.start + found.size)
    return Records(records, found.start, ends)


def check_places(file: BinaryIO, found: Records) -> None:
    """Check that every entry lies where the directory says, for itself alone.

    Raises:
        Permanent: two share bytes, or a local header says something else than the directory.
    """
    limit = found.start
    for record in sorted(found.records, key=lambda one: one.offset, reverse=True):
        if data_start(file, record) + record.packed > limit:
            raise refused(f"its entry {plain(record.name)} reaches into the next")
        limit = record.offset
    if limit:
        raise refused(f"{limit} bytes stand before its first entry")


def data_start(file: BinaryIO, record: Record) -> int:
    """Where an entry's packed bytes begin.

    Raises:
        Permanent: its local header is not one, or has another name.
    """
    file.seek(record.offset)
    local = file.read(_LOCAL.size + len(record.raw_name))
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise refused(f"its entry {plain(record.name)} does not begin where the directory says")
    name, extra = struct.unpack_from("<2H", local, _LOCAL.size - 4)
    if name != len(record.raw_name) or local[_LOCAL.size :] != record.raw_name:
        raise refused(f"its entry {plain(record.name)} has another name in its own header")
    return record.offset + len(local) + int(extra)


def data_end(file: BinaryIO, record: Record, limit: int) -> int:
    """Where an entry ends, with its data descriptor (4.3.9) if one is there."""
    end = data_start(file, record) + record.packed
    if not record.flags & _DESCRIPTOR:
        return end
    file.seek(end)
    behind = file.read(min(24, limit - end))
    for mark in (b"PK\x07\x08", b""):
        for layout in ("<LLL", "<LQQ"):
            descriptor = mark + _packed_or_nothing(layout, record)
            if len(descriptor) > len(mark) and behind.startswith(descriptor):
                return end + len(descriptor)
    return end


def _records(raw: bytes) -> Iterator[Record]:
    at = 0
    most = Limits().entries
    for number in range(1, most + 1):
        if at == len(raw):
            return
        if len(raw) - at < _FIXED.size or raw[at : at + 4] != b"PK\x01\x02":
            raise refused(f"its directory is damaged at entry {number}")
        end = at + _FIXED.size + sum(_FIXED.unpack_from(raw, at)[10:13])
        if end > len(raw):
            raise refused(f"its directory is damaged at entry {number}")
        yield _record(raw[at:end])
        at = end
    if at != len(raw):
        raise refused(f"it has more than {most} entries")


def _record(raw: bytes) -> Record:
    parts = _FIXED.unpack_from(raw)
    flags, method, time, date, crc, packed, size, length, extra, _, disk = parts[3:14]
    offset = parts[16]
    raw_name = raw[_FIXED.size : _FIXED.size + length]
    name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    if flags & _ENCRYPTED:
        raise refused(f"its entry {plain(name)} is encrypted")
    if disk not in (0, MANY):
        raise refused("it is one part of a split archive")
    begin = _FIXED.size + length
    offset_at, wide = _FIXED.size - 4, False
    at, left = _zip64(raw, begin, begin + extra)
    fields = []
    for value in (size, packed, offset):
        if value == HUGE and left >= 8:
            fields.append(struct.unpack_from("<Q", raw, at)[0])
            offset_at, wide = (at, True) if len(fields) == 3 else (offset_at, wide)
            at, left = at + 8, left - 8
        else:
            fields.append(value)
    return Record(
        raw=raw,
        name=name,
        raw_name=raw_name,
        flags=flags,
        method=method,
        stamp=date << 16 | time,
        crc=crc,
        size=fields[0],
        packed=fields[1],
        offset=fields[2],
        offset_at=offset_at,
        wide=wide,
    )


def _zip64(raw: bytes, at: int, end: int) -> tuple[int, int]:
    """Place and length of the ZIP64 extra field's content (4.5.3); length 0 if there is none."""
    while at + 4 <= end:
        kind, length = struct.unpack_from("<2H", raw, at)
        if kind == 1:
            return at + 4, min(length, end - at - 4)
        at += 4 + length
    return at, 0


def _packed_or_nothing(layout: str, record: Record) -> bytes:
    try:
        return struct.pack(layout, record.crc, record.packed, record.size)
    except struct.error:  # too large for fields of 32 bits
        return b""

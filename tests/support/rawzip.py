"""A ZIP file written byte by byte, so that each of its records can lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

UTF8, ENCRYPTED, DESCRIPTOR = 0x800, 0x1, 0x8
STORED, DEFLATED = 0, 8


@dataclass(frozen=True)
class Raw:
    """An entry; what is None is what it should be. `at` places it where another one lies."""

    name: bytes
    content: bytes = b""
    method: int = STORED
    flags: int = 0
    packed: bytes | None = None
    size: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    mode: int = 0
    at: int | None = None
    zip64: bool = False


def rawzip(
    entries: Sequence[Raw],
    *,
    leading: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    zip64: bool = False,
    disk: int = 0,
) -> bytes:
    """The file; with `zip64` its end record says only where the real one is."""
    out = bytearray()
    directory = bytearray()
    offsets: list[int] = []
    for entry in entries:
        packed = _packed(entry)
        offset = len(out) if entry.at is None else offsets[entry.at]
        if entry.at is None:
            out += _local(entry, packed)
        offsets.append(offset)
        directory += _central(entry, packed, offset)
    number = len(entries) if count is None else count
    end = _end(len(out), len(directory), number, comment, zip64, disk)
    return leading + bytes(out + directory + end)


def _packed(entry: Raw) -> bytes:
    if entry.packed is not None:
        return entry.packed
    if entry.method == DEFLATED:
        engine = zlib.compressobj(wbits=-15)
        return engine.compress(entry.content) + engine.flush()
    return entry.content


def _numbers(entry: Raw, packed: bytes) -> tuple[int, int, int]:
    """Checksum, packed size and size as the entry declares them."""
    crc = zlib.crc32(entry.content) if entry.crc is None else entry.crc
    return crc, len(packed), len(entry.content) if entry.size is None else entry.size


def _local(entry: Raw, packed: bytes) -> bytes:
    name = entry.name if entry.local_name is None else entry.local_name
    late = entry.flags & DESCRIPTOR
    crc, length, size = (0, 0, 0) if late else _numbers(entry, packed)
    head = struct.pack(
        "<4s5H3L2H",
        b"PK\x03\x04",
        20,
        entry.flags,
        entry.method,
        0,
        33,
        crc,
        length,
        min(size, 0xFFFFFFFF),
        len(name),
        0,
    )
    descriptor = struct.pack("<4s3L", b"PK\x07\x08", *_numbers(entry, packed)) if late else b""
    return head + name + packed + descriptor


def _central(entry: Raw, packed: bytes, offset: int) -> bytes:
    crc, length, size = _numbers(entry, packed)
    extra = b""
    if entry.zip64:
        extra = struct.pack("<2HH3x", 0x5455, 5, 0) + struct.pack(
            "<2H3Q", 1, 24, size, length, offset
        )
        size = length = offset = 0xFFFFFFFF
    return (
        struct.pack(
            "<4s4B4HL2L5H2L",
            b"PK\x01\x02",
            *(20, 3 if entry.mode else 0, 20, 0),
            *(entry.flags, entry.method, 0, 33),
            *(crc, length, size),
            *(len(entry.name), len(extra), 0, 0, 0),
            *(entry.mode << 16, offset),
        )
        + entry.name
        + extra
    )


def _end(place: int, length: int, number: int, comment: bytes, zip64: bool, disk: int) -> bytes:
    before = b""
    if zip64:
        before = struct.pack(
            "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, number, number, length, place
        ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, place + length, 1)
        number, length, place = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    return (
        before
        + struct.pack(
            "<4s4H2LH", b"PK\x05\x06", disk, disk, number, number, length, place, len(comment)
        )
        + comment
    )

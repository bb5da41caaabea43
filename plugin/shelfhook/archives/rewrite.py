"""A ZIP file with one entry added or replaced; every other byte of an entry stays as it is.

The entries are not unpacked but copied by the kernel, with their local headers, data descriptors,
extra fields and flags. The new entry goes behind them, the one that it replaces is left out, and
the directory is written again with its records in their old order.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shelfhook.archives import zipends, ziprecords
from shelfhook.archives.copying import Span, copy_spans
from shelfhook.archives.entry import root_entry
from shelfhook.archives.trouble import created, told
from shelfhook.archives.verify import Wanted, verify
from shelfhook.archives.zipends import HUGE
from shelfhook.archives.ziprecords import Record, Records

_LOCAL = struct.Struct("<4s5H3L2H")  # APPNOTE 4.3.7
_CENTRAL = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_STORED, _DEFLATED = 0, 8
_UNIX_20, _UNIX_45 = 3 << 8 | 20, 3 << 8 | 45  # made by: Unix, version 2.0 or (ZIP64) 4.5
_MODE = 0o100644 << 16
_FIRST_DAY = 0x0021 << 16  # 1980-01-01, the earliest that DOS knows


def put_entry(source: Path, target: Path, name: str, content: bytes) -> None:
    """Make a copy of a ZIP file in which the entry `name` at the root has this content.

    The result depends on nothing but the source's bytes, the name and the content. It is checked
    before this returns: it opens, has the same other entries with the same bytes, and the new one
    can be read. By then the disk has it, too.

    Args:
        source: stays untouched.
        target: must not exist; is removed if anything goes wrong.
        name: plain ASCII. An entry that differs only in case is replaced, and renamed.

    Raises:
        Gone: there is no source.
        Permanent: the source is no ZIP file that could be changed safely, or the disk is full.
    """
    with told(source), source.open("rb") as old, created(target) as new:
        found = ziprecords.read(old)
        ziprecords.check_places(old, found)
        replaced = root_entry(found, name)
        spans = _kept(old, found, replaced)
        entry = _entry(name, content, max((r.stamp for r in found.records), default=_FIRST_DAY))
        end = copy_spans(old, new, spans)
        new.seek(end)
        new.write(entry.local)
        _write_directory(new, found, replaced, spans, entry.central(end))
        new.flush()
        # The disk writes while the processor compares: checking costs next to no time so.
        with ThreadPoolExecutor(1, "fsync") as beside:
            written = beside.submit(os.fsync, new.fileno())
            verify(old, new, Wanted(name, content, found, replaced, spans))
            written.result()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A new entry: its local header with its packed content, and what the directory says of it."""

    local: bytes
    fields: tuple[int, ...]
    name: bytes

    def central(self, offset: int) -> bytes:
        """Its record for the directory, if it begins at `offset`."""
        if offset < HUGE:
            extra, place, version = b"", offset, _UNIX_20
        else:
            extra, place, version = struct.pack("<2HQ", 1, 8, offset), HUGE, _UNIX_45
        return (
            _CENTRAL.pack(
                b"PK\x01\x02",
                version,
                *self.fields,
                len(self.name),
                len(extra),
                0,
                0,
                0,
                _MODE,
                place,
            )
            + self.name
            + extra
        )


def _entry(name: str, content: bytes, stamp: int) -> _Entry:
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed, method = engine.compress(content) + engine.flush(), _DEFLATED
    if len(packed) >= len(content):
        packed, method = content, _STORED
    raw_name = name.encode("ascii")
    time, date = stamp & 0xFFFF, stamp >> 16
    fields = (20, 0, method, time, date, zlib.crc32(content), len(packed), len(content))
    header = _LOCAL.pack(b"PK\x03\x04", *fields, len(raw_name), 0)
    return _Entry(header + raw_name + packed, fields, raw_name)


def _kept(old: BinaryIO, found: Records, replaced: Record | None) -> list[Span]:
    """The parts of the old file that the new one has, too, all before the directory."""
    if replaced is None:
        return [Span(0, found.start)]
    later = [one.offset for one in found.records if one.offset > replaced.offset]
    end = ziprecords.data_end(old, replaced, min(later, default=found.start))
    spans = [Span(0, replaced.offset), Span(end, found.start)]
    return [span for span in spans if span.end > span.start]


def _write_directory(
    new: BinaryIO, found: Records, replaced: Record | None, spans: Sequence[Span], ours: bytes
) -> None:
    start = new.tell()
    shift = found.start - sum(span.end - span.start for span in spans)
    records = []
    for record in found.records:
        if record is replaced:
            records.append(ours)
        elif replaced is not None and record.offset > replaced.offset:
            records.append(record.moved(record.offset - shift))
        else:
            records.append(record.raw)
    if replaced is None:
        records.append(ours)
    directory = b"".join(records)
    new.write(directory)
    new.write(zipends.write(found.ends, len(records), len(directory), start))

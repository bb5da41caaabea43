"""A ZIP file with entries added or replaced; every byte of all the others stays as it is.

The others are not unpacked but copied by the kernel, with their local headers, data descriptors,
extra fields and flags. New entries go behind them, those that they replace are left out, and the
directory is written again with its records in their old order.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping, Sequence
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


def put_entries(source: Path, target: Path, contents: Mapping[str, bytes]) -> None:
    """Make a copy of a ZIP file in which entries of these names at the root have these contents.

    The result depends on nothing but the source's bytes, the names and the contents. It is checked
    before this returns: it opens, has the same other entries with the same bytes, and the new ones
    can be read. By then the disk has it, too.

    Args:
        source: stays untouched.
        target: must not exist; is removed if anything goes wrong.
        contents: by names in plain ASCII. An entry that differs only in case is replaced, and
            renamed.

    Raises:
        Gone: there is no source.
        Permanent: the source is no ZIP file that could be changed safely, or the disk is full.
    """
    with told(source), source.open("rb") as old, created(target) as new:
        found = ziprecords.read(old)
        ziprecords.check_places(old, found)
        replaced = {name: root_entry(found, name) for name in contents}
        stamp = max((r.stamp for r in found.records), default=_FIRST_DAY)
        entries = {name: _entry(name, content, stamp) for name, content in contents.items()}
        spans = _kept(old, found, [one for one in replaced.values() if one is not None])
        new.seek(copy_spans(old, new, spans))
        ours = [(replaced[name], _written(new, entry)) for name, entry in entries.items()]
        _write_directory(new, found, spans, ours)
        new.flush()
        # The disk writes while the processor compares: checking costs next to no time so.
        with ThreadPoolExecutor(1, "fsync") as beside:
            written = beside.submit(os.fsync, new.fileno())
            verify(old, new, Wanted(contents, found, spans))
            written.result()


def put_entry(source: Path, target: Path, name: str, content: bytes) -> None:
    """The same with one entry."""
    put_entries(source, target, {name: content})


def check_entries(source: Path) -> None:
    """Check that `put_entries` would take a ZIP file as its source. Reads its headers only.

    Raises:
        Gone: there is no source.
        Permanent: it is no ZIP file that could be changed safely.
    """
    with told(source), source.open("rb") as file:
        ziprecords.check_places(file, ziprecords.read(file))


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


def _written(new: BinaryIO, entry: _Entry) -> bytes:
    """Write an entry where the file stands; gives its record for the directory."""
    start = new.tell()
    new.write(entry.local)
    return entry.central(start)


def _kept(old: BinaryIO, found: Records, replaced: Sequence[Record]) -> list[Span]:
    """The parts of the old file that the new one has, too, all before the directory."""
    spans, start = [], 0
    for record in sorted(replaced, key=lambda one: one.offset):
        spans.append(Span(start, record.offset))
        later = [one.offset for one in found.records if one.offset > record.offset]
        start = ziprecords.data_end(old, record, min(later, default=found.start))
    spans.append(Span(start, found.start))
    return [span for span in spans if span.end > span.start]


def _write_directory(
    new: BinaryIO,
    found: Records,
    spans: Sequence[Span],
    ours: Sequence[tuple[Record | None, bytes]],
) -> None:
    """Write the directory and what stands behind it.

    Args:
        ours: our entries' records, each with the one that it replaces.
    """
    start = new.tell()
    instead = {old.offset: record for old, record in ours if old is not None}
    records = [
        instead[one.offset] if one.offset in instead else _moved(one, spans)
        for one in found.records
    ]
    records += [record for old, record in ours if old is None]
    directory = b"".join(records)
    new.write(directory)
    new.write(zipends.write(found.ends, len(records), len(directory), start))


def _moved(record: Record, spans: Sequence[Span]) -> bytes:
    """A record of an entry that was copied, with its new place."""
    at = 0
    for span in spans:
        if span.start <= record.offset < span.end:
            at += record.offset - span.start
            break
        at += span.end - span.start
    return record.raw if at == record.offset else record.moved(at)

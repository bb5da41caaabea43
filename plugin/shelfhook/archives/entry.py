"""One small entry of a ZIP file, without unpacking any other."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO

from shelfhook.archives import ziprecords
from shelfhook.archives.faults import FaultError, plain
from shelfhook.archives.trouble import told
from shelfhook.archives.unpacking import unpacked
from shelfhook.archives.zipends import refused
from shelfhook.archives.ziprecords import Record, Records
from shelfhook.errors import Permanent


def root_entry(found: Records, name: str) -> Record | None:
    """The entry of this name at the root, however it is written; None if there is none.

    Raises:
        Permanent: there are several, so nobody knows which one counts.
    """
    alike = [record for record in found.records if record.name.lower() == name.lower()]
    if len(alike) > 1:
        raise refused(f"it holds {name} {len(alike)} times")
    return alike[0] if alike else None


def read_root_entry(path: Path, name: str, limit: int) -> bytes | None:
    """Content of the entry of this name at the root; None if there is none.

    Args:
        limit: bytes; a longer one is refused.

    Raises:
        Gone: there is no file.
        Permanent: it is no ZIP file that could be changed safely, or the entry is damaged.
    """
    with told(path), path.open("rb") as file:
        record = root_entry(ziprecords.read(file), name)
        return None if record is None else content(file, record, limit)


def content(file: BinaryIO, record: Record, limit: int) -> bytes:
    """Content of an entry, checked against its checksum.

    Raises:
        Permanent: it is longer than `limit`, or damaged.
    """
    if max(record.size, record.packed) > limit:
        raise Permanent(f"{plain(record.name)} has more than {limit} bytes; remove it by hand")
    file.seek(ziprecords.data_start(file, record))
    packed = file.read(record.packed)
    try:
        text = _all(record, packed, limit)
    except FaultError as fault:
        raise refused(f"its entry {plain(record.name)} is damaged ({fault.detail})") from fault
    if len(text) != record.size or zlib.crc32(text) != record.crc:
        raise refused(f"its entry {plain(record.name)} is damaged (wrong checksum)")
    return text


def _all(record: Record, packed: bytes, limit: int) -> bytes:
    text = b""
    for piece in unpacked(record.method, [packed]):
        text += piece
        if len(text) > limit:
            raise FaultError("archive.size", "it holds more than it declares")
    return text

"""What stands behind a ZIP file's directory: the end record, and the ZIP64 one if it has one.

Sections named here are those of PKWARE's APPNOTE.TXT.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from shelfhook.archives.zipdirectory import END
from shelfhook.errors import Permanent

HUGE = 0xFFFFFFFF
"""Stands in a field of 32 bits whose value stands in a ZIP64 record."""
MANY = 0xFFFF

_END = struct.Struct("<4s4H2LH")  # 4.3.16
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_LOCATOR = struct.Struct("<4sLQL")  # 4.3.15


@dataclass(frozen=True, slots=True)
class Ends:
    """The records as they stand.

    Attributes:
        wide: the ZIP64 end record, without its locator; b"" if there is none.
        plain: the end record with its comment.
    """

    wide: bytes
    plain: bytes


def refused(reason: str) -> Permanent:
    """The error about an archive that must not be changed."""
    return Permanent(f"the archive is left alone: {reason}; run the action audit on it")


def read(tail: bytes, begin: int) -> Ends:
    """The records, which must be all that follows the directory.

    Args:
        tail: the file's bytes behind its directory; they begin at `begin`.

    Raises:
        Permanent: something else stands there.
    """
    if not tail.startswith(b"PK\x06\x06"):
        end64, end = b"", tail
    else:
        size = 12 + int.from_bytes(tail[4:12], "little")
        end64, end = tail[:size], tail[size + _LOCATOR.size :]
        locator = _LOCATOR.pack(b"PK\x06\x07", 0, begin, 1)
        if len(end64) != _END64.size or tail[size : size + _LOCATOR.size] != locator:
            raise refused("its ZIP64 end record is damaged, or has more in it than usual")
    if len(end) < _END.size or not end.startswith(END):
        raise refused("something stands between its directory and its end")
    if len(end) != _END.size + int.from_bytes(end[20:22], "little"):
        raise refused("something stands between its directory and its end")
    return Ends(end64, end)


def write(old: Ends, count: int, size: int, offset: int) -> bytes:
    """The records at the end of the file, for a directory of other measures."""
    narrow = (min(count, MANY), min(count, MANY), min(size, HUGE), min(offset, HUGE))
    before = _END.unpack_from(old.plain)[3:7]
    if old.wide:  # a field that pointed to the ZIP64 record goes on doing so
        narrow = tuple(  # type: ignore[assignment] # four of them, like the two that are zipped
            most if was == most else new
            for was, new, most in zip(before, narrow, (MANY, MANY, HUGE, HUGE), strict=True)
        )
    end = _END.pack(old.plain[:4], 0, 0, *narrow, len(old.plain) - _END.size)
    end += old.plain[_END.size :]
    if not old.wide and MANY not in narrow[:2] and HUGE not in narrow[2:]:
        return end
    return _wide_ends(old.wide, count, size, offset) + end


def _wide_ends(old: bytes, count: int, size: int, offset: int) -> bytes:
    """The ZIP64 end record with its locator."""
    head = old[:24] or _END64.pack(b"PK\x06\x06", _END64.size - 12, 45, 45, 0, 0, 0, 0, 0, 0)[:24]
    record = head + struct.pack("<4Q", count, count, size, offset)
    return record + _LOCATOR.pack(b"PK\x06\x07", 0, offset + size, 1)

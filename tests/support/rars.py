"""Little RAR files, written byte by byte: there is no free program that packs RAR.

Entries are stored, not packed, which is all that a reader needs. After RARLAB's technical notes.
"""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

REQUIRED = "SHELFHOOK_REQUIRE_ARCHIVERS"
TOOLS = ("unar", "bsdtar")
"""Programs that can unpack RAR as Debian has them; its 7-Zip cannot."""

_DOS_TIME = 34 << 25 | 5 << 21 | 17 << 16 | 12 << 11 | 34 << 5 | 28  # 2014-05-17 12:34:56
_UNIX_TIME = 1_400_330_096  # the same, UTC


@dataclass(frozen=True)
class Stored:
    """An entry; `crc` lies if it is given, `extra` goes behind its name in RAR 5."""

    name: str
    content: bytes
    crc: int | None = None
    extra: bytes = b""

    @property
    def checksum(self) -> int:
        return zlib.crc32(self.content) if self.crc is None else self.crc


def need_tool() -> None:
    """Skip the test where no program is there; an error where the environment asks for one."""
    if any(map(shutil.which, TOOLS)):
        return
    if os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, and none of {', '.join(TOOLS)} is on the PATH")
    pytest.skip(f"none of {', '.join(TOOLS)} is on the PATH")


def rar4(entries: Sequence[Stored], *, end: bool = True, flags: int = 0) -> bytes:
    """A file of RAR 2.9 to 4; `flags` are those of every entry."""
    made = b"Rar!\x1a\x07\x00" + _block4(0x73, 0, bytes(6))
    for one in entries:
        name = one.name.encode("ascii")
        size = len(one.content)
        fields = (size, size, 3, one.checksum, _DOS_TIME, 29, 0x30, len(name), 0o100644)
        body = struct.pack("<2LB2L2BHL", *fields) + name
        made += _block4(0x74, 0x8000 | flags, body) + one.content
    return made + (_block4(0x7B, 0x4000, b"") if end else b"")


def rar5(entries: Sequence[Stored], *, end: bool = True) -> bytes:
    """A file of RAR 5."""
    made = b"Rar!\x1a\x07\x01\x00" + _block5(_number(1) + _number(0) + _number(0))
    for one in entries:
        made += _block5(_file5(one)) + one.content
    return made + (_block5(_number(5) + _number(0) + _number(0)) if end else b"")


def link_to(target: str) -> bytes:
    """The extra record of RAR 5 that makes an entry a symbolic link."""
    record = _number(5) + _number(1) + _number(0) + _number(len(target)) + target.encode()
    return _number(len(record)) + record


def _file5(one: Stored) -> bytes:
    name = one.name.encode()
    head = _number(2) + _number(2 | (1 if one.extra else 0))
    lengths = (_number(len(one.extra)) if one.extra else b"") + _number(len(one.content))
    times = struct.pack("<2L", _UNIX_TIME, one.checksum)
    about = _number(2 | 4) + _number(len(one.content)) + _number(0o100644) + times
    return head + lengths + about + _number(0) + _number(1) + _number(len(name)) + name + one.extra


def _block4(kind: int, flags: int, body: bytes) -> bytes:
    head = struct.pack("<B2H", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head


def _block5(body: bytes) -> bytes:
    sized = _number(len(body)) + body
    return struct.pack("<L", zlib.crc32(sized)) + sized


def _number(value: int) -> bytes:
    """As RAR 5 writes numbers: seven bits a byte, lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])

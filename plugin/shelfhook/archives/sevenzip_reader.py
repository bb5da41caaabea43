"""Reads CB7 files with py7zr (LGPL, an extra)."""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shelfhook.archives.faults import plain
from shelfhook.archives.members import Member, Sink, Source, checked, damaged, utc
from shelfhook.errors import Permanent

if TYPE_CHECKING:
    from py7zr import SevenZipFile

# py7zr checks little before it trusts a damaged header.
_BROKEN = (
    lzma.LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    NotImplementedError,
)


def sources(path: Path) -> Sequence[Source]:
    """The one way to read it.

    Raises:
        Permanent: it is damaged or encrypted, or holds something else than files and folders.
    """
    with _opened(path) as archive:
        if archive.needs_password():
            raise Permanent("the archive cannot be converted: it is encrypted")
        members = tuple(_member(entry) for entry in archive.files if not entry.is_directory)
    return [Source(members, partial(_pour, path, members), "py7zr")]


def _pour(path: Path, members: Sequence[Member], sink: Sink) -> None:
    expected = {member.name: member for member in members}
    given: list[str] = []

    def give(name: str, content: bytes) -> None:
        member = expected[name]
        given.append(name)
        sink(member, checked(member, content))

    with _opened(path) as archive:
        archive.extractall(factory=_factory(expected, give))
    if len(given) != len(members):
        raise damaged(f"{len(given)} of {len(members)} entries came out of it")


@contextmanager
def _opened(path: Path) -> Iterator[SevenZipFile]:
    from py7zr import SevenZipFile
    from py7zr.exceptions import AbsolutePathError, ArchiveError, CrcError, PasswordRequired

    # Given a path it would unpack with several threads at once.
    with path.open("rb") as file:
        try:
            with SevenZipFile(file, "r") as archive:
                yield archive
        except PasswordRequired as error:
            raise Permanent("the archive cannot be converted: it is encrypted") from error
        except CrcError as error:
            raise damaged(f"{plain(str(error.args[-1]))} has a wrong checksum") from error
        except (ArchiveError, AbsolutePathError, *_BROKEN) as error:
            raise damaged(str(error) or type(error).__name__) from error


def _member(entry: Any) -> Member:  # Any: an ArchiveFile, whose module does not say its types
    if not entry.is_file and (entry.is_symlink or entry.is_junction or entry.is_socket):
        raise Permanent(f"the archive cannot be converted: {plain(entry.filename)} is a link")
    changed = entry.lastwritetime
    time = utc(changed.totimestamp()) if changed is not None else None
    return Member(entry.filename, entry.uncompressed, time)


def _factory(expected: Mapping[str, Member], give: Any) -> Any:
    """What py7zr unpacks into: memory, one entry at a time, each no longer than it has declared."""
    from py7zr.io import Py7zIO, WriterFactory

    class Room(Py7zIO):
        def __init__(self, name: str) -> None:
            self._name = name
            self._left = expected[name].size
            self._pieces: list[bytes] = []

        def write(self, s: bytes | bytearray) -> int:
            self._left -= len(s)
            if self._left < 0:
                raise damaged(f"{plain(self._name)} is longer than it declares")
            self._pieces.append(bytes(s))
            return len(s)

        def close(self) -> None:
            pieces, self._pieces = self._pieces, []
            give(self._name, b"".join(pieces))

        def read(self, size: int | None = None) -> bytes:  # noqa: ARG002 - its signature
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002 - its signature
            return 0

        def flush(self) -> None:
            pass

        def size(self) -> int:
            return 0

    class Rooms(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return Room(filename)

    return Rooms()

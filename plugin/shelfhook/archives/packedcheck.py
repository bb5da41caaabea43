"""Examines RAR and 7-Zip archives, where this machine has what it takes to read them."""

from __future__ import annotations

from pathlib import Path

from shelfhook.archives import readers
from shelfhook.archives.contents import Contents
from shelfhook.archives.faults import FaultError
from shelfhook.archives.limits import Limits
from shelfhook.archives.members import Member, Source
from shelfhook.errors import Permanent

KINDS = frozenset({"rar", "7z"})


def check(path: Path, kind: str, limits: Limits, *, decode: bool) -> Contents:
    """The contents of an archive, all of them taken, with the faults that they have.

    One tool that cannot unpack it proves little: all that are there are tried in turn.

    Raises:
        FaultError: none of them can, or there is none.
    """
    try:
        readers.check_ready(kind)
    except Permanent as error:
        raise FaultError("archive.not-examined", str(error)) from error
    reason = ""
    try:
        for source in readers.sources(path, kind, limits):
            contents = Contents(limits, decode=decode)
            reason = _pour(source, contents)
            if not reason:
                return contents
    except Permanent as error:
        reason = str(error)
    raise FaultError("archive.not-unpacked", reason)


def _pour(source: Source, contents: Contents) -> str:
    """Give all entries to `contents`; tells why that failed, or ""."""
    for member in source.members:
        contents.announce(member.name, member.name.encode("utf-8", "surrogateescape"))

    def take(member: Member, content: bytes) -> None:
        contents.take(member.name, member.size, content)

    try:
        source.pour(take)
    except Permanent as error:
        return str(error)
    return ""

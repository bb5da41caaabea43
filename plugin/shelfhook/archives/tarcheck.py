"""Reads a TAR file through. It has no checksums of its contents, so only the pages can tell."""

from __future__ import annotations

import tarfile
from typing import IO, BinaryIO

from shelfhook.archives.contents import Contents
from shelfhook.archives.faults import FaultError
from shelfhook.archives.limits import Limits


def check(file: BinaryIO, contents: Contents) -> None:
    """Find what is wrong with the TAR file, and give it to `contents` entry by entry.

    Raises:
        FaultError: it is not sound enough to go on, or it is refused.
    """
    number = total = 0
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            while member := archive.next():
                number += 1
                total += member.size
                _refuse_bombs(number, total, member, contents.limits)
                _take(archive, member, contents)
            _check_end(file, archive.offset)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise FaultError("archive.truncated", str(error)) from error
    except RecursionError as error:  # heads that say that another one follows, for ever
        raise FaultError("archive.damaged", "its heads go round in circles") from error


def _check_end(file: BinaryIO, offset: int) -> None:
    """Refuse what tarfile takes for the end in silence: a damaged head, or nothing at all."""
    file.seek(offset)
    block = file.read(tarfile.BLOCKSIZE)
    if not block:
        raise FaultError("archive.truncated", "the mark of its end is missing")
    if block.strip(b"\x00"):
        raise FaultError("archive.damaged", f"the head of an entry is damaged, at byte {offset}")


def _refuse_bombs(number: int, total: int, member: tarfile.TarInfo, limits: Limits) -> None:
    if member.size < 0:  # it would lead tarfile backwards
        raise FaultError("archive.damaged", f"{member.name} has a negative size")
    if number > limits.entries:
        raise FaultError("archive.entries", f"more than {limits.entries}")
    if total > limits.unpacked or member.size > limits.entry:
        raise FaultError("archive.too-large", f"{member.size} bytes in {member.name}")


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, contents: Contents) -> None:
    contents.announce(member.name, member.name.encode("utf-8", "surrogateescape"))
    if member.isdir():
        return
    opened = archive.extractfile(member) if member.isreg() and not member.issparse() else None
    if opened is None:
        contents.faults.add("archive.link", member.name)
        return
    with opened:
        content = _read(opened, member)
    contents.take(member.name, member.size, content)


def _read(opened: IO[bytes], member: tarfile.TarInfo) -> bytes:
    content = opened.read(member.size)
    if len(content) < member.size:
        raise FaultError("archive.truncated", f"the end of {member.name} is missing")
    return content

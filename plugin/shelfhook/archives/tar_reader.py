"""Reads CBT files: TAR without compression."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from shelfhook.archives.faults import plain
from shelfhook.archives.members import Member, Sink, Source, checked, damaged, utc
from shelfhook.errors import Permanent

_BLOCK = 512
# Everything that `tarfile` raises on damaged headers, among it what int() and str() do.
_BROKEN = (tarfile.TarError, EOFError, ValueError, OverflowError)


def sources(path: Path) -> Sequence[Source]:
    """The one way to read it.

    Raises:
        Permanent: it is damaged, or holds something else than files and folders.
    """
    members = tuple(_member(entry) for _, entry in _entries(path))
    return [Source(members, partial(_pour, path), "tarfile")]


def _pour(path: Path, sink: Sink) -> None:
    for archive, entry in _entries(path):
        file = archive.extractfile(entry)
        assert file is not None  # only files come here
        member = _member(entry)
        sink(member, checked(member, file.read(entry.size)))


def _entries(path: Path) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """The files, without the folders."""
    with path.open("rb") as file:
        try:
            with tarfile.open(fileobj=file, mode="r:") as archive:
                for entry in archive:
                    if _is_file(entry):
                        yield archive, entry
                file.seek(archive.offset)
        except _BROKEN as error:
            raise damaged(str(error) or type(error).__name__) from error
        # `tarfile` takes a damaged header for the end; the end is a block of zeros.
        if file.read(_BLOCK) != bytes(_BLOCK):
            raise damaged("it breaks off before its end mark")


def _is_file(entry: tarfile.TarInfo) -> bool:
    if entry.isdir():
        return False
    if not entry.isreg() or entry.issparse():
        raise Permanent(
            f"the archive cannot be converted: {plain(entry.name)} is a link, a device or sparse"
        )
    return True


def _member(entry: tarfile.TarInfo) -> Member:
    return Member(entry.name, entry.size, utc(entry.mtime))

"""Inspects the file of a book: what it is, and everything that is wrong with it."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from shelfhook.archives import formats, tarcheck, zipcheck
from shelfhook.archives.contents import Contents
from shelfhook.archives.faults import Fault, FaultError, Faults
from shelfhook.archives.limits import Limits
from shelfhook.errors import Gone, Permanent, Transient

_UNREADABLE = frozenset({errno.EACCES, errno.EPERM, errno.EIO, errno.EISDIR})
_CHECKS = {"zip": zipcheck.check, "tar": tarcheck.check}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one file is, and what is wrong with it.

    Attributes:
        format: what its content is, a key of `formats.NAMES`.
        faults: what is wrong, in the order in which it was found.
        more: how many more of each code were only counted.
        examined: whether its entries were read through; its pages are not known otherwise.
        pages: entries that are pages, also those that cannot be read; None if not counted.
        unreadable: those among them.
        comic_info: elements of its ComicInfo.xml with their texts; None if it has none.
    """

    format: str
    faults: tuple[Fault, ...] = ()
    more: Mapping[str, int] = field(default_factory=dict)
    examined: bool = False
    pages: int | None = None
    unreadable: int = 0
    comic_info: Mapping[str, str] | None = None


def inspect(path: Path, limits: Limits, name: str = "", *, decode: bool = True) -> Inspection:
    """Read a file through. Whatever is wrong with it is an answer, never an exception.

    Keeps a processor busy, and takes the memory of the biggest page: call it in a worker process.

    Args:
        name: the book's file name, if the file lies at `path` under another one.
        decode: whether to decode the pages, too.

    Raises:
        Gone: there is no such file.
        Transient: the file system fails for the moment.
        Permanent: there is not enough memory.
    """
    faults = Faults()
    try:
        with path.open("rb") as file:
            found = _inspect(file, limits, faults, formats.suffix(name or path.name), decode)
    except FileNotFoundError as error:
        raise Gone(f"there is no file {path}") from error
    except OSError as error:
        if error.errno not in _UNREADABLE:
            raise Transient(f"cannot read {path}: {error.strerror or error}") from error
        faults.add("archive.unreadable", detail=error.strerror or str(error))
        return Inspection("unknown", tuple(faults.found))
    except MemoryError as error:
        raise Permanent(
            f"not enough memory to read {name or path.name}; lower the limits of the audit"
        ) from error
    return found


def _inspect(
    file: BinaryIO, limits: Limits, faults: Faults, suffix: str, decode: bool
) -> Inspection:
    kind = _kind(file)
    contents = Contents(limits, faults, decode)
    examined = kind in _CHECKS
    try:
        if kind not in formats.BOOKS:
            raise FaultError(*_no_book(kind))
        if examined:
            _CHECKS[kind](file, limits, faults, contents)
            contents.finish()
            kind = kind if contents.comic else "epub"
        else:
            faults.add("archive.not-examined", detail=f"it is {formats.NAMES[kind]}")
    except FaultError as fault:
        faults.add(fault.code, detail=fault.detail)
        examined = False
    if kind in formats.BOOKS and formats.SUFFIXES.get(suffix) != kind:
        promised = suffix or "without an extension"
        faults.add("archive.extension", detail=f"{promised}, but it is {formats.NAMES[kind]}")
    return Inspection(
        kind,
        tuple(faults.found),
        faults.more(),
        examined,
        contents.pages if examined and contents.comic else None,
        contents.unreadable,
        contents.comic_info,
    )


def _kind(file: BinaryIO) -> str:
    head = file.read(formats.HEAD)
    kind = formats.kind_of(head)
    if kind not in formats.BOOKS and zipcheck.looks_like_one(file):
        return "zip"  # behind something else, as in an archive that unpacks itself
    if kind == "blank" and _holds_something(file):
        return "unknown"
    return kind


def _holds_something(file: BinaryIO) -> bool:
    file.seek(0)
    while piece := file.read(1024 * 1024):
        if piece.strip(b"\x00"):
            return True
    return False


def _no_book(kind: str) -> tuple[str, str]:
    if kind in ("empty", "blank"):
        return f"archive.{kind}", ""
    return "archive.not-an-archive", f"it is {formats.NAMES[kind]}"

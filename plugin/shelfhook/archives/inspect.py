"""Inspects the file of a book: what it is, and everything that is wrong with it."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from shelfhook.archives import formats, packedcheck, tarcheck, zipcheck
from shelfhook.archives.contents import Contents
from shelfhook.archives.faults import Fault, FaultError, plain
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
    try:
        with path.open("rb") as file:
            return _inspect(file, path, limits, formats.suffix(name or path.name), decode)
    except FileNotFoundError as error:
        raise Gone(f"there is no file {path}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno not in _UNREADABLE:
            raise Transient(f"cannot read {path}: {reason}") from error
        return Inspection("unknown", (Fault("archive.unreadable", detail=plain(reason)),))
    except MemoryError as error:
        raise Permanent(
            f"not enough memory to read {name or path.name}; lower the limits of the audit"
        ) from error


def _inspect(file: BinaryIO, path: Path, limits: Limits, suffix: str, decode: bool) -> Inspection:
    kind = _kind(file)
    contents = Contents(limits, decode=decode)
    examined = True
    try:
        if kind in _CHECKS:
            _CHECKS[kind](file, contents)
        elif kind in packedcheck.KINDS:
            contents = packedcheck.check(path, kind, limits, decode=decode)
        else:
            raise FaultError(*_not_examined(kind))
        contents.finish()
        kind = kind if contents.comic else "epub"
    except FaultError as fault:
        contents.faults.add(fault.code, detail=fault.detail)
        examined = False
    if kind in formats.BOOKS and formats.SUFFIXES.get(suffix) != kind:
        promised = suffix or "without an extension"
        detail = f"{promised}, but it is {formats.NAMES[kind]}"
        contents.faults.add("archive.extension", detail=detail)
    return _told(kind, contents, examined)


def _told(kind: str, contents: Contents, examined: bool) -> Inspection:
    return Inspection(
        format=kind,
        faults=tuple(contents.faults.found),
        more=contents.faults.more(),
        examined=examined,
        pages=contents.pages if examined and contents.comic else None,
        unreadable=contents.unreadable,
        comic_info=contents.comic_info,
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


def _not_examined(kind: str) -> tuple[str, str]:
    """The fault of a file that is no archive, or one whose entries cannot be read here."""
    if kind in ("empty", "blank"):
        return f"archive.{kind}", ""
    code = "archive.not-examined" if kind in formats.BOOKS else "archive.not-an-archive"
    return code, f"it is {formats.NAMES[kind]}"

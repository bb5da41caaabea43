"""Checks a ZIP file that has just been made from another one."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from shelfhook.archives import ziprecords
from shelfhook.archives.copying import Span, same_spans
from shelfhook.archives.entry import content as content_of
from shelfhook.archives.entry import root_entry
from shelfhook.archives.ziprecords import Record, Records
from shelfhook.errors import Permanent

_LARGEST = 1 << 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the new file must be.

    Attributes:
        name, content: of the new entry.
        found, replaced: the old file's directory, and the entry of it that had to go.
        spans: the parts of the old file that the new one begins with.
    """

    name: str
    content: bytes
    found: Records
    replaced: Record | None
    spans: Sequence[Span]


def verify(old: BinaryIO, new: BinaryIO, wanted: Wanted) -> None:
    """Check that `new` is `old` with one entry added or replaced, and nothing else.

    Raises:
        Permanent: it is not.
    """
    made = ziprecords.read(new)
    ziprecords.check_places(new, made)
    ours = root_entry(made, wanted.name)
    if ours is None or content_of(new, ours, _LARGEST) != wanted.content:
        raise _unsound(f"{wanted.name} does not read back")
    if _others(made, ours) != _others(wanted.found, wanted.replaced):
        raise _unsound("its other entries are not the same")
    if not same_spans(old, new, wanted.spans):
        raise _unsound("the bytes of its other entries are not the same")
    _check_opens(new, made)


def _others(found: Records, ours: Record | None) -> list[bytes]:
    """What the directory says of the other entries, but for their places."""
    return [record.moved(0) for record in found.records if record is not ours]


def _check_opens(new: BinaryIO, made: Records) -> None:
    """A second opinion, by a reader that is not ours."""
    try:
        with zipfile.ZipFile(new) as archive:
            seen = [(one.CRC, one.file_size, one.header_offset) for one in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _unsound(f"it does not open ({error})") from error
    if seen != [(one.crc, one.size, one.offset) for one in made.records]:
        raise _unsound("its entries are not read alike by another reader")


def _unsound(reason: str) -> Permanent:
    return Permanent(f"the new archive is not sound: {reason}; the old file is untouched")

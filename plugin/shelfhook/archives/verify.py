"""Checks a ZIP file that has just been made from another one."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from shelfhook.archives import ziprecords
from shelfhook.archives.copying import Span, same_spans
from shelfhook.archives.entry import content as content_of
from shelfhook.archives.entry import root_entry
from shelfhook.archives.ziprecords import Records
from shelfhook.errors import Permanent

_LARGEST = 1 << 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the new file must be.

    Attributes:
        contents: of the new entries, by name.
        found: the old file's directory.
        spans: the parts of the old file that the new one begins with.
    """

    contents: Mapping[str, bytes]
    found: Records
    spans: Sequence[Span]


def verify(old: BinaryIO, new: BinaryIO, wanted: Wanted) -> None:
    """Check that `new` is `old` with some entries added or replaced, and nothing else.

    Raises:
        Permanent: it is not.
    """
    made = ziprecords.read(new)
    ziprecords.check_places(new, made)
    for name, expected in wanted.contents.items():
        ours = root_entry(made, name)
        if ours is None or content_of(new, ours, _LARGEST) != expected:
            raise _unsound(f"{name} does not read back")
    if _others(made, wanted.contents) != _others(wanted.found, wanted.contents):
        raise _unsound("its other entries are not the same")
    if not same_spans(old, new, wanted.spans):
        raise _unsound("the bytes of its other entries are not the same")
    _check_opens(new, made)


def _others(found: Records, ours: Collection[str]) -> list[bytes]:
    """What the directory says of the other entries, but for their places."""
    names = {name.lower() for name in ours}
    return [one.moved(0) for one in found.records if one.name.lower() not in names]


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

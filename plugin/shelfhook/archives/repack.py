"""A CBZ file made from an archive of another format, page by page, and checked page by page."""

from __future__ import annotations

import hashlib
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shelfhook.archives import formats, names, natural, webp
from shelfhook.archives.faults import plain
from shelfhook.archives.members import Member, Source, Time
from shelfhook.archives.trouble import created
from shelfhook.errors import Permanent

_FIRST: Time = (1980, 1, 1, 0, 0, 0)
_LAST: Time = (2107, 12, 31, 23, 59, 58)
_MODE = 0o100644 << 16
# Formats of pages that are packed already; packing them again costs time and saves nothing.
_PACKED = frozenset(formats.PICTURE_SUFFIXES) - {".bmp", ".tif", ".tiff"}


@dataclass(frozen=True, slots=True)
class _Written:
    """What the new archive must hold under a name: these bytes, or a picture of this size."""

    digest: bytes
    picture: tuple[int, int] | None = None


def repack(source: Source, target: Path, quality: int | None, pixels: int) -> None:
    """Make a CBZ file of everything that an archive holds, under the same names.

    The result depends on nothing but the archive and `quality`.

    Args:
        target: must not exist; is removed if anything goes wrong.
        quality: of WebP, 1 to 100, if pages are to be made smaller; None keeps them as they are.
        pixels: how many a page may have to be made smaller.

    Raises:
        OSError: the disk is full, say.
        Permanent: the archive is damaged or has no pages, or names that a ZIP should not have.
    """
    _check_names(source.members)
    alone = _alone(source.members) if quality else frozenset()
    written: dict[str, _Written] = {}
    renamed: dict[str, str] = {}

    with created(target) as file:
        with zipfile.ZipFile(file, "w") as archive:

            def write(member: Member, content: bytes) -> None:
                made = None
                if quality and member.name in alone:
                    made = webp.smaller(content, quality, pixels)
                name = member.name if made is None else _with_suffix(member.name, ".webp")
                kept = content if made is None else made.content
                renamed[member.name] = name
                written[name] = _Written(_digest(kept), made.size if made else None)
                archive.writestr(_info(name, member.time), kept)

            source.pour(write)
        _verify(file, source.members, renamed, written)


def _check_names(members: Sequence[Member]) -> None:
    """Refuse names that a ZIP should not have, and two that are one on some systems."""
    seen: dict[str, str] = {}
    for member in members:
        name = member.name
        if reason := _bad_name(name):
            raise Permanent(f"the archive cannot be converted: {plain(name)}: {reason}")
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            raise Permanent(
                f"the archive cannot be converted: {plain(seen[key])} and {plain(name)} "
                "would be one"
            )
        seen[key] = name
    if not any(map(_is_page, seen.values())):
        raise Permanent("the archive cannot be converted: it has no pages")


def _bad_name(name: str) -> str:
    """Why a ZIP should not have an entry of this name; "" if it may."""
    if reason := names.danger(name.encode(errors="surrogatepass"), name):
        return reason
    if "\\" in name or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        return "its name has characters that not every system can write"
    return "a part of its name is empty" if "" in name.split("/") else ""


def _alone(members: Sequence[Member]) -> frozenset[str]:
    """Pages whose names differ from all others even without their extension.

    Only these may get another one: "1.jpg" and "1.png" would become one, or change places.
    """
    count: dict[str, int] = {}
    for member in members:
        stem = _with_suffix(member.name, "").casefold()
        count[stem] = count.get(stem, 0) + 1
    return frozenset(
        member.name
        for member in members
        if _is_page(member.name) and count[_with_suffix(member.name, "").casefold()] == 1
    )


def _verify(
    file: BinaryIO,
    members: Sequence[Member],
    renamed: Mapping[str, str],
    written: Mapping[str, _Written],
) -> None:
    """Read the new archive again and hold it against what was poured into it."""
    old = [member.name for member in members]
    if sorted(renamed) != sorted(old):
        raise _unsound(f"{len(renamed)} of {len(old)} entries are in it")
    if natural.order(old) != natural.order([renamed[name] for name in old]):
        raise _unsound("its pages are in another order")
    with zipfile.ZipFile(file) as archive:
        if sorted(archive.namelist()) != sorted(written):
            raise _unsound("it has other entries than were written")
        for name, wanted in written.items():
            content = archive.read(name)
            if _digest(content) != wanted.digest:
                raise _unsound(f"{plain(name)} is not what was written")
            if wanted.picture and webp.size(content) != wanted.picture:
                raise _unsound(f"{plain(name)} does not decode to a picture of the same size")


def _info(name: str, time: Time | None) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _clamped(time or _FIRST))
    info.create_system = 3
    info.external_attr = _MODE
    packed = formats.suffix(name) in _PACKED
    info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    return info


def _clamped(time: Time) -> Time:
    """The time as ZIP can hold it; archives hold months and days of zero, too."""
    if not 1980 <= time[0] <= 2107:
        return _FIRST if time[0] < 1980 else _LAST
    lowest = (1980, 1, 1, 0, 0, 0)
    highest = (2107, 12, 31, 23, 59, 59)
    bounded = zip(time, lowest, highest, strict=True)
    year, month, day, hour, minute, second = (
        max(low, min(part, high)) for part, low, high in bounded
    )
    return year, month, day, hour, minute, second


def _is_page(name: str) -> bool:
    return names.is_picture(name) and not names.is_junk(name)


def _with_suffix(name: str, suffix: str) -> str:
    return name[: len(name) - len(formats.suffix(name))] + suffix


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _unsound(reason: str) -> Permanent:
    return Permanent(f"the new archive is not sound: {reason}; the old file is untouched")

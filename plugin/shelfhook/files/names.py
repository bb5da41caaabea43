"""Names that we give to files for a while, and finding such files again."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path, PurePath

from shelfhook.files.disk import told

LONGEST = 255
"""Bytes of a file name, on nearly every disk."""
ENDING = ".shelfhook-new"
"""No scanner takes it for a book; the dot in front hides the file, too."""
_OURS = re.compile(rf"\..*\.[0-9a-f]{{8}}{re.escape(ENDING)}", re.DOTALL)


def temp_beside(target: Path, key: str) -> Path:
    """Where a new file is made before it takes the target's name.

    The same target and key give the same name: a repeat after a crash finds its own leftover.
    """
    mark = hashlib.sha256(f"{key}\0{target.name}".encode(errors="surrogateescape")).hexdigest()[:8]
    ending = f".{mark}{ENDING}"
    return target.with_name(f".{fitting(target.name, len(ending) + 1)}{ending}")


def fitting(name: str, more: int) -> str:
    """A file name to which so many bytes can be added; its extension stays."""
    room = LONGEST - more
    encoded = os.fsencode(name)
    if len(encoded) <= room:
        return name
    suffix = os.fsencode(PurePath(name).suffix)[:room]
    stem = encoded[: room - len(suffix)]
    # A character that was cut apart goes; bytes that were never UTF-8 stay what they are.
    while stem and stem[-1] & 0xC0 == 0x80:
        stem = stem[:-1]
    if stem and stem[-1] >= 0xC0:
        stem = stem[:-1]
    return os.fsdecode(stem + suffix)


def leftovers(folder: Path) -> list[Path]:
    """Files of ours that a crash left in a folder; those below it are not looked for."""
    with told(f"looking for leftovers in {folder}"), os.scandir(folder) as entries:
        return sorted(
            Path(entry.path)
            for entry in entries
            if _OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        )


def remove_leftovers(folder: Path) -> list[Path]:
    """Remove them; only while nothing is being replaced in that folder."""
    found = leftovers(folder)
    with told(f"removing leftovers in {folder}"):
        for path in found:
            path.unlink(missing_ok=True)
    return found


def remove_second_names(new: Path) -> list[Path]:
    """Remove the temp names of a file that is in its place, where a crash has left them.

    Safe at any time: what others make in the same folder is not this file.
    """
    found = [path for path in leftovers(new.parent) if _are_one(path, new)]
    with told(f"removing leftovers of {new}"):
        for path in found:
            path.unlink(missing_ok=True)
    return found


def _are_one(path: Path, new: Path) -> bool:
    try:
        return path.samefile(new)
    except FileNotFoundError:  # somebody's, who has just finished
        return False

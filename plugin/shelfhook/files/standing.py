"""How far a replacement got that a crash has interrupted."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from shelfhook.errors import Gone, Permanent
from shelfhook.files.disk import told
from shelfhook.files.durable import read_content


class Standing(StrEnum):
    """Which file is there."""

    OLD = "old"
    """The old one: nothing has happened yet."""
    BOTH = "both"
    """The new name has appeared, the old one not yet gone: `prepare` again takes it back."""
    NEW = "new"
    """The new one: it is done."""
    OTHER = "other"
    """Neither: somebody else has been at work since."""


def standing(old: Path, new: Path, old_sha256: str, new_sha256: str) -> Standing:
    """Look which of two files is there. Reads them from end to end.

    Args:
        old, new: their paths, often the same.
        old_sha256, new_sha256: as they were recorded.

    Raises:
        Transient: they cannot be read now.
    """
    found_new = _digest(new)
    if old == new:
        known = {new_sha256: Standing.NEW, old_sha256: Standing.OLD}
        return known.get(found_new, Standing.OTHER)
    found = (_digest(old), found_new)
    known_pairs = {
        (old_sha256, ""): Standing.OLD,
        (old_sha256, new_sha256): Standing.BOTH,
        ("", new_sha256): Standing.NEW,
    }
    return known_pairs.get(found, Standing.OTHER)


def _digest(path: Path) -> str:
    """Of a file; "" if none is there, and what no digest is of something that is no file."""
    try:
        with told(f"looking at {path}"):
            return read_content(path).sha256
    except Gone:
        return ""
    except Permanent:
        return "-"

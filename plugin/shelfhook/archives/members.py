"""What a reader of archives gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from shelfhook.archives.faults import plain
from shelfhook.errors import Permanent

Time: TypeAlias = tuple[int, int, int, int, int, int]
"""Year to second, as ZIP has it; there is no time zone."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive; folders are none.

    Attributes:
        name: its path, with slashes.
        size: bytes, as the archive declares.
        time: when it was changed; None if the archive does not tell.
    """

    name: str
    size: int
    time: Time | None = None


Sink: TypeAlias = Callable[[Member, bytes], None]
"""Takes a member with its content."""


@dataclass(frozen=True, slots=True)
class Source:
    """One way to read an archive.

    Attributes:
        members: what it holds, in its order.
        pour: gives every member to a sink, in any order; raises `Permanent` if one is damaged.
        by: the tool that does it, for messages.
    """

    members: tuple[Member, ...]
    pour: Callable[[Sink], None]
    by: str


def checked(member: Member, content: bytes) -> bytes:
    """The content, if it is as long as the archive declares.

    Raises:
        Permanent: it is not.
    """
    if len(content) != member.size:
        raise damaged(f"{plain(member.name)} has {len(content)} bytes instead of {member.size}")
    return content


def damaged(reason: str) -> Permanent:
    """The error about an archive that cannot be read to its end."""
    return Permanent(f"the archive is damaged: {reason}; the old file is untouched")


def utc(seconds: float) -> Time | None:
    """A time since the epoch as ZIP has it, in UTC so that every machine says the same."""
    try:
        return datetime.fromtimestamp(seconds, UTC).timetuple()[:6]
    except (OverflowError, OSError, ValueError):
        return None

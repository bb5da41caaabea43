"""Room on a disk, and what its errors mean."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

from shelfhook.errors import Permanent, ShelfhookError, Transient

RESERVE = 64 * 1024 * 1024
"""Bytes that always stay free, for whatever else writes there."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
NO_SUCH_NAME = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.ELOOP})


class Room(Protocol):
    """What is asked of an answer of `shutil.disk_usage`."""

    @property
    def free(self) -> int:
        """Bytes that we may still write."""
        ...


DiskUsage: TypeAlias = Callable[[Path], Room]


def disk_usage(folder: Path) -> Room:
    """The room on a folder's disk; tests bring their own."""
    return shutil.disk_usage(folder)


def require_room(folder: Path, needed: int, usage: DiskUsage) -> None:
    """Make sure that so many bytes can be written into a folder and some stay free.

    Raises:
        Permanent: there is less.
    """
    with told(f"looking for room in {folder}"):
        free = usage(folder).free
    if free < needed + RESERVE:
        raise Permanent(
            f"not enough room in {folder}: {needed:,} bytes are needed (and {RESERVE:,} more must"
            f" stay free), but only {free:,} are free; make room there"
        )


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn the system's errors into ours: what was being done, and what it means.

    An `OSError` without a number is not the system's (libraries raise such) and passes.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise meaning(error, doing) from error


def meaning(error: OSError, doing: str) -> ShelfhookError:
    """The error of ours that says what an error of the system means."""
    if error.errno in FULL:
        return Permanent(f"the disk is full ({error.strerror}), while {doing}; make room there")
    if error.errno in DENIED:
        where = f" of {error.filename}" if error.filename else ""
        return Permanent(
            f"not permitted ({error.strerror}), while {doing}; look at the rights{where}"
        )
    if error.errno in NO_SUCH_NAME:
        return Permanent(f"{error.strerror}, while {doing}")
    return Transient(f"{error.strerror}, while {doing}")

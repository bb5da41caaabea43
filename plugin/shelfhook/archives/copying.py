"""Parts of one file copied into another and compared there, as cheaply as the system can."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

_CHUNK = 1 << 18  # two of them fit into a processor's cache
_MOST_AT_ONCE = 1 << 30
# What a file system says that cannot copy by itself.
_UNABLE = frozenset(
    {errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.ETXTBSY}
)


class Span(NamedTuple):
    """Bytes of a file, from `start` to before `end`."""

    start: int
    end: int


def copy_spans(old: BinaryIO, new: BinaryIO, spans: Sequence[Span]) -> int:
    """Copy parts of `old` one behind the other to the beginning of `new`; gives their length."""
    at = 0
    for span in spans:
        _copy(old.fileno(), new.fileno(), span, at)
        at += span.end - span.start
    return at


def same_spans(old: BinaryIO, new: BinaryIO, spans: Sequence[Span]) -> bool:
    """Whether `new` begins with these parts of `old`."""
    ours, theirs = memoryview(bytearray(_CHUNK)), memoryview(bytearray(_CHUNK))
    at = 0
    for span in spans:
        for start in range(span.start, span.end, _CHUNK):
            size = min(_CHUNK, span.end - start)
            place = at + start - span.start
            if not _filled(old.fileno(), ours[:size], start):
                return False
            if not _filled(new.fileno(), theirs[:size], place) or ours.obj != theirs.obj:
                return False
        at += span.end - span.start
    return True


def _copy(old: int, new: int, span: Span, at: int) -> None:
    by_kernel = hasattr(os, "copy_file_range")
    start = span.start
    while start < span.end:
        wanted = min(span.end - start, _MOST_AT_ONCE)
        done = _copied_by_kernel(old, new, wanted, start, at) if by_kernel else 0
        if not done:
            by_kernel = False
            done = _copied_by_hand(old, new, min(wanted, _CHUNK), start, at)
        start, at = start + done, at + done


def _copied_by_kernel(old: int, new: int, size: int, start: int, at: int) -> int:
    """How much the kernel has copied; 0 if it cannot."""
    try:
        return os.copy_file_range(old, new, size, start, at)
    except OSError as error:
        if error.errno in _UNABLE:
            return 0
        raise


def _copied_by_hand(old: int, new: int, size: int, start: int, at: int) -> int:
    data = os.pread(old, size, start)
    if not data:
        raise OSError(errno.EIO, "the file became shorter while it was copied")
    return os.pwrite(new, data, at)


def _filled(file: int, room: memoryview, at: int) -> bool:
    while room:
        read = os.preadv(file, [room], at)
        if not read:
            return False
        room, at = room[read:], at + read
    return True

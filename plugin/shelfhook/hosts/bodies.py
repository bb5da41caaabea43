"""Reads the body of an answer: whole into memory, piece by piece into a file, or as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from urllib3 import BaseHTTPResponse

from shelfhook.errors import Permanent
from shelfhook.hosts.limits import Deadline

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer's body, unpacked; a page of 2,000 books has about 5 MB."""
PIECE = 256 * 1024
"""Bytes of a file that are in memory at once."""
SLOWEST = 256 * 1024
"""Bytes a second: a file that comes faster than this may take as long as it needs."""


def whole(raw: BaseHTTPResponse, where: str) -> bytes:
    """The whole body.

    Raises:
        Permanent: it would fill the memory.
    """
    body: bytes = raw.read(LARGEST_ANSWER + 1, decode_content=True)
    if len(body) > LARGEST_ANSWER:
        raw.close()  # what is left of it must not be read as the next answer
        raise _too_large(where)
    return body


def pieces(raw: BaseHTTPResponse, where: str, *, endless: bool = False) -> Iterator[bytes]:
    """The body as it comes, each piece as soon as it is there.

    Args:
        raw: the answer.
        where: host, method and path, to begin messages with.
        endless: who reads it keeps nothing of it, so it may be of any length.

    Raises:
        Permanent: all of it together could fill the memory.
    """
    length = 0
    while piece := raw.read1(PIECE, decode_content=True):
        length += len(piece)
        if length > LARGEST_ANSWER and not endless:
            raise _too_large(where)
        yield piece


@contextmanager
def new_file(target: Path, where: str) -> Iterator[BinaryIO]:
    """A file to be written, in place of what is there; if that fails there is no `target`.

    Raises:
        Permanent: it cannot be written, for instance because the disk is full.
    """
    try:
        file = target.open("wb")
    except OSError as error:
        raise not_written(where, error) from error
    complete = False
    try:
        with file:
            yield file
        complete = True
    except OSError as error:  # the last bytes may find the disk full when the file is closed
        raise not_written(where, error) from error
    finally:
        if not complete:
            target.unlink(missing_ok=True)


def save(raw: BaseHTTPResponse, into: BinaryIO, where: str, deadline: Deadline) -> int:
    """Write the body into `into`, in place of what is there; gives its length in bytes.

    How long a file takes depends on its size, so each piece puts the deadline off by the time that
    it may take. A host that has fallen silent meets the read timeout, one that trickles the end.

    Raises:
        Permanent: `into` cannot be written, for instance because the disk is full.
    """
    length = 0
    try:
        _rewind(into, where)
        while piece := raw.read(PIECE, decode_content=True):
            deadline.extend(len(piece) / SLOWEST)
            _write(into, piece, where)
            length += len(piece)
    except Permanent:
        raw.close()
        raise
    return length


def _too_large(where: str) -> Permanent:
    return Permanent(f"{where}: the answer is too large, over {LARGEST_ANSWER} bytes")


def _rewind(into: BinaryIO, where: str) -> None:
    try:
        into.seek(0)
        into.truncate()
    except OSError as error:
        raise not_written(where, error) from error


def _write(into: BinaryIO, piece: bytes, where: str) -> None:
    try:
        into.write(piece)
    except OSError as error:
        raise not_written(where, error) from error


def not_written(where: str, error: OSError) -> Permanent:
    """The error that says that a file of ours cannot be written: nothing of it is the host's."""
    return Permanent(f"{where}: the download cannot be stored here: {error.strerror or error}")

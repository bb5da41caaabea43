"""Reads the body of an answer: whole into memory, or piece by piece into a file."""

from __future__ import annotations

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
        raise Permanent(f"{where}: the answer is too large, over {LARGEST_ANSWER} bytes")
    return body


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

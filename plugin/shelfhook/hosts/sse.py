"""Server-sent events (WHATWG HTML, 9.2) out of the pieces of an answer that goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, and its lines of data with a line feed between them."""

    name: str
    data: str


COMMENT = ":"
"""Name of what stands for a comment; no event can have it."""


def events(pieces: Iterable[bytes], *, comments: bool = False) -> Iterator[Event]:
    """Each event as soon as its empty line has come; one without data, or without end, is none.

    `id` and `retry` are passed over: nobody here asks to resume.

    Args:
        pieces: the answer's body as it comes.
        comments: whether comments, by which a host shows that it is alive, are given too.
    """
    name, data = "", list[str]()
    for line in _lines(pieces):
        field, _, value = line.partition(":")
        if not line:
            if data:
                yield Event(name or "message", "\n".join(data))
            name, data = "", []
        elif not field:
            if comments:
                yield Event(COMMENT, value)
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            name = value.removeprefix(" ")


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Each line as soon as it has ended; what comes after the last end is no line."""
    rest, halved = b"", False
    for piece in pieces:
        # the second half of an end that the pieces' border cuts in two ends no other line
        fresh = piece[1:] if halved and piece.startswith(b"\n") else piece
        halved = fresh.endswith(b"\r")
        *whole, rest = _LINE_END.split(rest + fresh)
        for line in whole:
            yield line.decode("utf-8", "replace")

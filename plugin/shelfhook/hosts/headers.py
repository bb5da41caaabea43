"""Reads the headers of an HTTP/1 answer: what is plain quickly, the rest by the standard library.

http.client reads every header block with the e-mail parser, made for folded lines, MIME parts and
defects. Nearly all answers have none of those: each line is `name: value` (RFC 9112, 5).
"""

from __future__ import annotations

import http.client
import io
import re
from dataclasses import dataclass
from email.parser import Parser
from http import HTTPStatus
from typing import BinaryIO, TypeAlias

MOST_LINES = 100
LONGEST_LINE = 65_536
"""Bytes; both limits are http.client's own."""

Reader: TypeAlias = "BinaryIO | io.BufferedReader"

_PLAIN = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\0]*?)[ \t]*\r?\n")
_ENDS = (b"\r\n", b"\n", b"")
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@dataclass(frozen=True, slots=True)
class Framing:
    """Where the body ends: after `length` bytes, with its last chunk, or (None) with the line."""

    length: int | None
    chunked: bool


def read(stream: Reader) -> http.client.HTTPMessage:
    """The headers from `stream`, which then stands at the body's first byte.

    Raises:
        http.client.LineTooLong: a line has more than 65,536 bytes.
        http.client.HTTPException: there are more than 100 lines.
    """
    lines = _lines(stream)
    message = http.client.HTTPMessage()
    for line in lines:
        match = _PLAIN.fullmatch(line)
        if match is None:
            return _by_the_library(lines)
        message.set_raw(match[1], match[2])
    return message


def framing(headers: http.client.HTTPMessage, status: int, method: str | None) -> Framing:
    """Where the body of an answer ends (RFC 9112, 6.3)."""
    if status in _BODILESS or 100 <= status < 200 or method == "HEAD":
        return Framing(0, chunked=False)
    if (headers.get("Transfer-Encoding") or "").lower() == "chunked":
        return Framing(None, chunked=True)
    said = headers.get("Content-Length") or ""
    return Framing(int(said) if said.isascii() and said.isdigit() else None, chunked=False)


def _lines(stream: Reader) -> list[str]:
    lines: list[str] = []
    while True:
        line = stream.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise http.client.LineTooLong("header line")
        if line in _ENDS:
            return lines
        lines.append(line.decode("iso-8859-1"))
        if len(lines) > MOST_LINES:
            raise http.client.HTTPException(f"got more than {MOST_LINES} headers")


def _by_the_library(lines: list[str]) -> http.client.HTTPMessage:
    """Folded or malformed lines: read as http.client would."""
    return Parser(_class=http.client.HTTPMessage).parsestr("".join(lines))

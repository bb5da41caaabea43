"""Reads the one file out of a form (RFC 7578)."""

import re

from shelfhook.sandbox.message import HttpError, Request

_BOUNDARY = re.compile(r'multipart/form-data\s*;.*boundary="?([^";]{1,70})"?', re.IGNORECASE)


def file_of(request: Request) -> bytes:
    """Give the part named `file`; a form without one is a 400, another type of body a 415."""
    match = _BOUNDARY.match(request.headers.get("content-type", ""))
    if match is None:
        raise HttpError(415, "Content-Type is not supported")
    for part in _parts(request.body, match[1].encode()):
        head, empty_line, content = part.partition(b"\r\n\r\n")
        if empty_line and b'name="file"' in head:
            return content
    raise HttpError(400, "Required part 'file' is not present.")


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    """Give the parts; what stands before the first and after the last belongs to nobody."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    return [piece.removeprefix(b"\r\n") for piece in pieces[1:] if not piece.startswith(b"--")]

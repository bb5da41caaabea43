"""Cursors of lists whose order is made of several texts: opaque to clients."""

from __future__ import annotations

import base64
import json
import re
from typing import Final

from shelfhook.web.problems import Problem
from shelfhook.web.texts import LONGEST as LONGEST_TEXT

HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
LONGEST: Final = 16 * LONGEST_TEXT
"""More than three texts take, however their characters are written."""


def pack(*texts: str) -> str:
    """A cursor behind the row with these texts."""
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def unpack(cursor: str, count: int) -> list[str]:
    """What `pack` was given.

    Raises:
        Problem: it is no cursor of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        texts = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, list) or len(texts) != count or not all(map(_text, texts)):
        raise Problem(400, "is no cursor; follow the `next` of the page before", field="after")
    return texts


def _text(value: object) -> bool:
    """Whether the database may be asked for it: PostgreSQL knows no NUL, UTF-8 no half pair."""
    return isinstance(value, str) and "\0" not in value and not HALF_PAIR.search(value)

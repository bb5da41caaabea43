"""What Shelfhook calls a book: `library/number`, since Calibre counts in each library anew."""

from __future__ import annotations

from typing import NamedTuple

from shelfhook.errors import Gone

LARGEST = 2**63 - 1
"""An id is a row of SQLite."""


class BookId(NamedTuple):
    """A book's library and its number in there."""

    library: str
    number: int

    def __str__(self) -> str:
        return f"{self.library}/{self.number}"


def read(item_id: str) -> BookId:
    """The parts of an id. A library's id is a folder's name, so it holds no slash.

    Raises:
        Gone: no book can have such an id.
    """
    library, slash, digits = item_id.partition("/")
    if not (slash and library and digits.isascii() and digits.isdigit() and digits[0] != "0"):
        raise Gone(f"book {item_id!r} cannot exist; an id is written like library/12")
    if len(digits) > len(str(LARGEST)) or int(digits) > LARGEST:
        raise Gone(f"book {item_id!r} cannot exist: its number is too large")
    return BookId(library, int(digits))

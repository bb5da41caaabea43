"""Which Kavita the fake is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """What differs between Kavitas.

    Attributes:
        number: what it says of itself.
        takes_key: whether `x-api-key` opens the API, or only a token does.
        empties: whether an update can leave a chapter without genres, tags or people.
        shows_locks: whether a chapter shows the locks of title, date, ISBN and order.
        keeps_spelling: whether a chapter's new tag is spelt as it was sent.
    """

    number: str
    takes_key: bool
    empties: bool
    shows_locks: bool
    keeps_spelling: bool


OLD = Version("0.8.3.16", False, False, False, False)
NEW = Version("0.8.9.1", True, True, True, True)
HIDDEN = ("titleNameLocked", "releaseDateLocked", "isbnLocked", "sortOrderLocked")

# SPDX-License-Identifier: GPL-3.0-or-later
"""What Shelfhook calls calibre's libraries and books. Knows nothing of calibre itself."""

from __future__ import annotations

import re

Event = dict[str, str]
"""What Shelfhook's webhook takes: `event`, `library`, and `item` unless a library was scanned."""


def library_id(path: str) -> str:
    """What calibre's content server calls the library in this folder.

    Two libraries whose folders have the same name are told apart only inside the server.
    """
    base = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    return base.replace(" ", "_") or "_"


def item_id(library: str, book: int) -> str:
    """What Shelfhook's calibre adapter calls a book."""
    return f"{library}/{book}"


def added(library: str, book: int) -> Event:
    """The event of a new book."""
    return {"event": "item.added", "library": library, "item": item_id(library, book)}


def scanned(library: str) -> Event:
    """The event that stands for any number of new books in a library."""
    return {"event": "library.scanned", "library": library}

"""What scripts and other programs send: a library or a path, and nothing that we insist upon.

Such as `{"library": "Comics"}`, `library=Comics` in a form, `{"path": "/comics/a.cbz"}`, or what
Komga and Kavita tell of themselves, passed on: `{"libraryId": …, "bookId": …}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shelfhook.model import EventKind
from shelfhook.web.dialects.heard import Dialect, Document, Heard, identity, text

LIBRARY = ("library", "libraryId", "library_id", "libraryName", "library_name")
PATH = ("path", "file", "folder", "filePath", "folderPath")
ITEM = ("item", "bookId")
FIELDS = (*LIBRARY, *PATH)


def fits(document: Document) -> bool:
    """Whether it names a library or a path."""
    return any(name in document for name in FIELDS)


def read(document: Document) -> Sequence[Heard]:
    """A scan of the library, or a change of its item where one is named."""
    item = identity(document, *ITEM)
    kind = EventKind.ITEM_CHANGED if item else EventKind.LIBRARY_SCANNED
    inner = document.get("library")
    library = identity(document, *LIBRARY)
    if isinstance(inner, Mapping):
        library = identity(inner, "id", "name")
    path = text(document, *PATH)
    likely = PATH if path and not library else LIBRARY
    field = next(name for name in (*likely, *FIELDS) if name in document)
    return [Heard(kind, library, path, item, field)]


PLAIN = Dialect("a script", fits, read)

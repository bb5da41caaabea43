"""Jellyfin's webhook plugin, destinations "Generic" and "Generic Form".

With *Send All Properties* the body is the plugin's whole dictionary (`DataObjectHelpers.cs`), with
`NotificationType` and, since plugin version 16, `Path`. A template may hold anything; these names
are looked for in any case, and `LibraryName` is what a user adds as a field of his own.
"""

from __future__ import annotations

from collections.abc import Sequence

from shelfhook.model import EventKind
from shelfhook.web.dialects.heard import Dialect, Document, Heard, text

CHANGES = frozenset({"itemadded", "itemdeleted"})
"""Notifications behind which files came or went; all others (playback, users, …) are no news."""


def fits(document: Document) -> bool:
    """Whether it is a notification of this plugin."""
    return bool(text(_lower(document), "notificationtype"))


def read(document: Document) -> Sequence[Heard]:
    """A scan of the library: Jellyfin's ids of items are not those of our host."""
    fields = _lower(document)
    if text(fields, "notificationtype").lower() not in CHANGES:
        return []
    library, path = text(fields, "libraryname", "library"), text(fields, "path")
    field = "LibraryName" if library else "Path"
    return [Heard(EventKind.LIBRARY_SCANNED, library, path, field=field)]


def _lower(document: Document) -> Document:
    return {name.lower(): value for name, value in document.items()}


JELLYFIN = Dialect("Jellyfin's webhook plugin", fits, read)

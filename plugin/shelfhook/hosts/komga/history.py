"""What a Komga server remembers of what it has done to files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from shelfhook.hosts.client import Client
from shelfhook.hosts.komga import past_routes
from shelfhook.hosts.komga.documents import Dto, of_komga, the_list, the_object
from shelfhook.ports import Happening

KINDS = {
    "BookFileDeleted": "file-deleted",
    "SeriesFolderDeleted": "folder-deleted",
    "BookConverted": "converted",
    "BookImported": "imported",
    "DuplicatePageDeleted": "page-removed",
}
"""All that Komga 1.26 records, read from its `HistoricalEvent`. It records what it does itself: not
what others do to its folders, and not what a PATCH writes."""


class KomgaHistory:
    """Satisfies [`History`][shelfhook.ports.History]."""

    _client: Client

    def history(self) -> Iterator[Happening]:
        """What Komga has deleted, converted, imported and taken out of books, newest first.

        What happens while it is read pushes the rest onto the next page, where it is not given
        again. Komga writes its server's local time without a zone, which is read as UTC.

        Raises:
            Refused: our account is no administrator.
            Transient: it cannot be asked now.
        """
        known = set[str]()
        number, last = 0, False
        while not last:
            page = the_object(self._client.ask(past_routes.history(number)))
            found = [_happening(one) for one in the_list(page.get("content"))]
            fresh = [one for one in found if one.id not in known]
            yield from fresh
            known = {one.id for one in found}
            last = bool(page.get("last", True)) or not found
            number += 1


@of_komga
def _happening(event: Dto) -> Happening:
    told = {str(name): str(value) for name, value in event["properties"].items()}
    kind = str(event["type"])
    return Happening(
        id=event["id"],
        kind=KINDS.get(kind, kind),
        at=_seconds(str(event["timestamp"])),
        book=event.get("bookId") or "",
        series=event.get("seriesId") or "",
        file=told.pop("name", ""),
        details=told,
    )


def _seconds(stamp: str) -> float:
    """A time of Komga's as seconds since the epoch; 0 for what is none."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

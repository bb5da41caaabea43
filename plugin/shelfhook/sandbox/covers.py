"""Covers of books and series: Komga calls them thumbnails.

A book that was analysed has one that Komga made of its first page; a series has none of its own.
"""

from dataclasses import dataclass

from shelfhook.sandbox.catalogue import Catalogue
from shelfhook.sandbox.events import EventHub
from shelfhook.sandbox.ids import id_of
from shelfhook.sandbox.message import HttpError
from shelfhook.sandbox.records import Book, JsonObject, Series

GENERATED = "GENERATED"
UPLOADED = "USER_UPLOADED"
Owner = Book | Series


@dataclass(frozen=True)
class Picture:
    """An image and what was seen of it."""

    content: bytes
    media_type: str
    width: int = 0
    height: int = 0


@dataclass(slots=True)
class Cover:
    """One cover; a generated one's picture is made when it is asked for."""

    id: str
    type: str
    selected: bool
    picture: Picture | None = None

    def dto(self, owner: Owner) -> JsonObject:
        """Give the contract's ThumbnailBookDto or ThumbnailSeriesDto."""
        shown = self.picture or Picture(b"", "image/jpeg", 200, 300)
        return {
            "id": self.id,
            "type": self.type,
            "selected": self.selected,
            "mediaType": shown.media_type,
            "fileSize": len(shown.content),
            "width": shown.width,
            "height": shown.height,
            _word(owner)[1]: owner.id,
        }


class Covers:
    """The covers of all books and series; the catalogue's lock guards them too."""

    def __init__(self, catalogue: Catalogue, hub: EventHub) -> None:
        self._catalogue = catalogue
        self._hub = hub
        self._rows: dict[str, list[Cover]] = {}  # of those only that were ever asked about
        self._made = 0

    def of(self, owner: Owner) -> list[Cover]:
        """Give all covers of a book or series."""
        rows = self._rows.setdefault(owner.id, [])
        ready = isinstance(owner, Book) and owner.media.status == "READY"
        if ready and not any(row.type == GENERATED for row in rows):
            made = Cover(id_of("thumbnail", owner.id), GENERATED, selected=not rows)
            rows.insert(0, made)
        return rows

    def one(self, owner: Owner, cover_id: str) -> Cover:
        """Give a cover, or end the request with a 404."""
        for row in self.of(owner):
            if row.id == cover_id:
                return row
        raise HttpError(404)

    def add(self, owner: Owner, picture: Picture, *, selected: bool) -> Cover:
        """Keep an uploaded picture."""
        rows = self.of(owner)
        self._made += 1
        cover_id = id_of("thumbnail", f"{owner.id} {self._made}")
        row = Cover(cover_id, UPLOADED, selected=False, picture=picture)
        rows.append(row)
        if selected:
            self._mark(owner, row)
        self._tell("Added", owner, selected=selected)
        return row

    def select(self, owner: Owner, row: Cover) -> None:
        """Make a cover the chosen one."""
        self._mark(owner, row)
        self._tell("Added", owner, selected=True)

    def remove(self, owner: Owner, row: Cover) -> None:
        """Delete an uploaded cover; another is chosen if it was the chosen one."""
        if row.type != UPLOADED:
            raise HttpError(400, "Only uploaded thumbnails can be deleted")
        rows = self.of(owner)
        rows.remove(row)
        if row.selected and rows:
            self._mark(owner, rows[0])
        self._tell("Deleted", owner, selected=row.selected)

    def regenerated(self, book: Book) -> None:
        """Tell that an analysis has made the generated cover anew."""
        made = self.of(book)[0]
        self._tell("Added", book, selected=made.selected)

    def forget(self, owner_id: str) -> None:
        """Drop the covers of what was deleted."""
        self._rows.pop(owner_id, None)

    def state(self) -> dict[str, object]:
        """Give the covers of those for whom one was uploaded; the others are as they began."""
        told = {}
        for owner, rows in self._rows.items():
            if any(row.type == UPLOADED for row in rows):
                told[owner] = [
                    {"id": row.id, "type": row.type, "selected": row.selected} for row in rows
                ]
        return dict(sorted(told.items()))

    def _mark(self, owner: Owner, chosen: Cover) -> None:
        for row in self.of(owner):
            row.selected = row is chosen

    def _tell(self, what: str, owner: Owner, *, selected: bool) -> None:
        word, name = _word(owner)
        payload: JsonObject = {name: owner.id}
        if isinstance(owner, Book):
            payload["seriesId"] = owner.series_id
        self._hub.publish(f"Thumbnail{word}{what}", {**payload, "selected": selected})


def _word(owner: Owner) -> tuple[str, str]:
    return ("Book", "bookId") if isinstance(owner, Book) else ("Series", "seriesId")

"""Covers of a Komga server's books and series."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from shelfhook.errors import Gone, Permanent
from shelfhook.hosts.client import Client
from shelfhook.hosts.komga import cover_routes
from shelfhook.hosts.komga.documents import Dto, of_komga, the_list, the_object
from shelfhook.hosts.komga.pictures import fitting


@dataclass(frozen=True, slots=True)
class Cover:
    """One of the covers that a book or a series could have; `size` in bytes."""

    id: str
    chosen: bool
    uploaded: bool
    generated: bool
    size: int


class KomgaCovers:
    """Satisfies [`Covers`][shelfhook.ports.Covers].

    Komga itself makes a cover of a book's first page: that is the host's own. An image that lies
    beside a book or a series was put there by somebody, as an uploaded one was. A series without
    any shows its first book's.
    """

    _client: Client

    def cover(self, entity: str, entity_id: str) -> str:
        """Id of the cover that is chosen now, or "" for the host's own."""
        chosen = [one for one in self._covers(entity, entity_id) if one.chosen]
        return next((one.id for one in chosen if not one.generated), "")

    def page(self, book_id: str, number: int) -> bytes:
        """A page's image as it lies in the file; pages count from 1.

        Raises:
            Gone: the book, its file or its analysis is missing.
            Permanent: it has no such page.
            Refused: our account lacks the right PAGE_STREAMING.
        """
        return self._client.fetch(cover_routes.page(book_id, number))

    def add_cover(self, entity: str, entity_id: str, image: bytes) -> str:
        """Upload an image and choose it as the cover; gives its id.

        One that is too large for Komga is made smaller. Safe to repeat: an image that lies there
        already, after an answer that was lost, is chosen instead of being uploaded again.

        Raises:
            Permanent: it is no image.
        """
        image = fitting(image)
        for known in self._covers(entity, entity_id):
            if known.uploaded and known.size == len(image):
                if not known.chosen:
                    self.choose_cover(entity, entity_id, known.id)
                return known.id
        made = self._client.ask(cover_routes.upload(entity, entity_id, image))
        return _cover_of(the_object(made)).id

    def choose_cover(self, entity: str, entity_id: str, cover: str) -> None:
        """Choose a cover that is there; "" goes back to the host's own.

        Raises:
            Gone: there is no such cover.
            Permanent: the host has none of its own here.
        """
        self._client.ask(
            cover_routes.choose(entity, entity_id, cover or self._own(entity, entity_id))
        )

    def remove_cover(self, entity: str, entity_id: str, cover: str) -> None:
        """Delete an uploaded cover; Komga chooses another. Gone already is fine."""
        with contextlib.suppress(Gone):
            self._client.ask(cover_routes.remove(entity, entity_id, cover))

    def _own(self, entity: str, entity_id: str) -> str:
        """The host's own cover: the page out of the file, or else an image beside it."""
        own = [one for one in self._covers(entity, entity_id) if not one.uploaded]
        if not own:
            raise Permanent(
                f"Komga has no cover of its own for {entity} {entity_id}; it makes one when the "
                "uploaded cover is deleted and the book is analyzed"
            )
        return max(own, key=lambda one: one.generated).id

    def _covers(self, entity: str, entity_id: str) -> Sequence[Cover]:
        found = self._client.ask(cover_routes.covers(entity, entity_id))
        return [_cover_of(one) for one in the_list(found)]


@of_komga
def _cover_of(thumbnail: Dto) -> Cover:
    kind = thumbnail["type"]
    return Cover(
        id=thumbnail["id"],
        chosen=bool(thumbnail["selected"]),
        uploaded=kind == "USER_UPLOADED",
        generated=kind == "GENERATED",
        size=int(thumbnail["fileSize"]),
    )

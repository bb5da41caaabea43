"""The calls of covers and pages, as values. Komga calls a cover a thumbnail, or a poster."""

from __future__ import annotations

import hashlib

from shelfhook.errors import Gone
from shelfhook.hosts.calls import Call
from shelfhook.hosts.komga.routes import ADMIN, entity_path, quoted

ENTITIES = ("book", "series")
_IMAGE = "image/*, */*;q=0.5"


def covers(entity: str, entity_id: str) -> Call:
    """All covers that a book or a series could have, the chosen one among them."""
    path, route = entity_path(entity, entity_id, ENTITIES)
    return Call("GET", f"{path}/thumbnails", f"{route}/thumbnails", entity=f"{entity} {entity_id}")


def page(book_id: str, number: int) -> Call:
    """A page's image, from 1, as it lies in the file.

    Raises:
        Gone: no book has such a page.
    """
    if number < 1:
        raise Gone(f"page {number} of book {book_id} cannot exist")
    return Call(
        "GET",
        f"/api/v1/books/{quoted('book', book_id)}/pages/{number}",
        "/api/v1/books/{bookId}/pages/{pageNumber}",
        entity=f"page {number} of book {book_id}",
        accept=_IMAGE,
        right="PAGE_STREAMING",
    )


def upload(entity: str, entity_id: str, image: bytes) -> Call:
    """Add an image and choose it. Sent once only: a second time would make a second cover."""
    path, route = entity_path(entity, entity_id, ENTITIES)
    boundary = hashlib.sha256(image).hexdigest()  # no image holds its own digest
    return Call(
        "POST",
        f"{path}/thumbnails?selected=true",
        f"{route}/thumbnails",
        _form(image, boundary),
        entity=f"{entity} {entity_id}",
        repeatable=False,
        content_type=f"multipart/form-data; boundary={boundary}",
        right=ADMIN,
    )


def choose(entity: str, entity_id: str, cover: str) -> Call:
    """Choose one of the covers."""
    path, route = _cover_path(entity, entity_id, cover)
    what = f"cover {cover} of {entity} {entity_id}"
    return Call(
        "PUT", f"{path}/selected", f"{route}/selected", expects=202, entity=what, right=ADMIN
    )


def remove(entity: str, entity_id: str, cover: str) -> Call:
    """Delete an uploaded cover."""
    path, route = _cover_path(entity, entity_id, cover)
    what = f"cover {cover} of {entity} {entity_id}"
    return Call("DELETE", path, route, expects=202, entity=what, right=ADMIN)


def _cover_path(entity: str, entity_id: str, cover: str) -> tuple[str, str]:
    path, route = entity_path(entity, entity_id, ENTITIES)
    return f"{path}/thumbnails/{quoted('cover', cover)}", f"{route}/thumbnails/{{thumbnailId}}"


def _form(image: bytes, boundary: str) -> bytes:
    """A form with one file (RFC 7578); the server looks at the bytes to see what they are."""
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="file"; filename="cover"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return b"".join((head.encode(), image, f"\r\n--{boundary}--\r\n".encode()))

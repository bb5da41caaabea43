"""All that a person or a program could have set, as one document without moving parts.

Two calls give the same text if nothing was set differently in between, whatever was read, scanned
or written and taken back meanwhile.
"""

from shelfhook.sandbox.records import (
    Book,
    JsonObject,
    Series,
    new_book_metadata,
    new_series_metadata,
)
from shelfhook.sandbox.world import World

_TIMES = ("created", "lastModified")


def state(world: World) -> JsonObject:
    """Give the state: fields, lists and covers, by id."""
    with world.catalogue.lock:
        books = sorted(world.catalogue.books.values(), key=lambda book: book.id)
        series = sorted(world.catalogue.series.values(), key=lambda one: one.id)
        return {
            "books": [_book(one) for one in books],
            "series": [_series(one) for one in series],
            "lists": {kind.plural: lists.state() for kind, lists in world.lists.items()},
            "covers": world.covers.state(),
        }


def _book(book: Book) -> JsonObject:
    metadata = book.own_metadata or new_book_metadata(book.name, book.number, 0)
    return {
        "id": book.id,
        "seriesId": book.series_id,
        "url": book.url,
        "sizeBytes": book.size,
        "deleted": book.deleted,
        "media": [book.media.status, book.media.media_type, book.media.pages, book.media.comment],
        "metadata": _without_times(metadata),
    }


def _series(series: Series) -> JsonObject:
    metadata = series.own_metadata or new_series_metadata(series.name, 0)
    return {
        "id": series.id,
        "url": series.url,
        "deleted": series.deleted,
        "metadata": _without_times(metadata),
    }


def _without_times(metadata: JsonObject) -> JsonObject:
    return {name: _told(value) for name, value in metadata.items() if name not in _TIMES}


def _told(value: object) -> object:
    """Put words in order: tags, genres and labels are sets, whose order says nothing."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(str(word) for word in value)
    return value

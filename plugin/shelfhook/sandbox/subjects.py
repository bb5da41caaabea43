"""What a search condition may look at: the subjects of books and those of series."""

from collections.abc import Callable

from shelfhook.sandbox import operators as ops
from shelfhook.sandbox.conditions import Subject
from shelfhook.sandbox.records import Book, Series

MEDIA_STATUSES = ("UNKNOWN", "ERROR", "READY", "UNSUPPORTED", "OUTDATED")
_READ_STATUSES = ("UNREAD", "READ", "IN_PROGRESS")
_PROFILES = ("DIVINA", "PDF", "EPUB")
_SERIES_STATUSES = ("ENDED", "ONGOING", "ABANDONED", "HIATUS")


def media_profile(media_type: str) -> str:
    """Give the profile of a media type; only comics archives are served here."""
    return "DIVINA" if media_type == "application/zip" else ""


def _of_book(name: str) -> Callable[[Book], object]:
    return lambda book: book.metadata[name]


def _of_series(name: str) -> Callable[[Series], object]:
    return lambda series: series.metadata[name]


BOOK_SUBJECTS: dict[str, Subject[Book]] = {
    "libraryId": Subject(lambda book: book.library_id, ops.EQUALITY),
    "seriesId": Subject(lambda book: book.series_id, ops.EQUALITY),
    "readListId": Subject(lambda _: None, ops.EQUALITY),  # a list is asked for its members instead
    "poster": Subject(lambda _: None, ops.EQUALITY),  # not searched here
    "deleted": Subject(lambda book: book.deleted, ops.BOOLEAN),
    "oneShot": Subject(lambda _: False, ops.BOOLEAN),
    "readStatus": Subject(lambda _: "UNREAD", ops.EQUALITY, values=_READ_STATUSES),
    "mediaStatus": Subject(lambda book: book.media.status, ops.EQUALITY, values=MEDIA_STATUSES),
    "mediaProfile": Subject(
        lambda book: media_profile(book.media.media_type), ops.EQUALITY, values=_PROFILES
    ),
    "title": Subject(_of_book("title"), ops.TEXT, of_metadata=True),
    "tag": Subject(_of_book("tags"), ops.MEMBER, of_metadata=True),
    "numberSort": Subject(_of_book("numberSort"), ops.NUMBER, of_metadata=True),
    "releaseDate": Subject(_of_book("releaseDate"), ops.DATE, of_metadata=True),
    "author": Subject(_of_book("authors"), ops.AUTHOR, of_metadata=True),
}

SERIES_SUBJECTS: dict[str, Subject[Series]] = {
    "libraryId": Subject(lambda series: series.library_id, ops.EQUALITY),
    "collectionId": Subject(
        lambda _: None, ops.EQUALITY
    ),  # a list is asked for its members instead
    "deleted": Subject(lambda series: series.deleted, ops.BOOLEAN),
    "oneShot": Subject(lambda _: False, ops.BOOLEAN),
    "complete": Subject(
        lambda series: series.metadata["totalBookCount"] == len(series.books), ops.BOOLEAN
    ),
    "readStatus": Subject(lambda _: "UNREAD", ops.EQUALITY, values=_READ_STATUSES),
    "title": Subject(_of_series("title"), ops.TEXT),
    "titleSort": Subject(_of_series("titleSort"), ops.TEXT),
    "tag": Subject(_of_series("tags"), ops.MEMBER),
    "sharingLabel": Subject(_of_series("sharingLabels"), ops.MEMBER),
    "genre": Subject(_of_series("genres"), ops.MEMBER),
    "publisher": Subject(_of_series("publisher"), ops.TEXT),
    "language": Subject(_of_series("language"), ops.TEXT),
    "ageRating": Subject(_of_series("ageRating"), {**ops.NUMBER, **ops.NULLS}),
    "seriesStatus": Subject(_of_series("status"), ops.EQUALITY, values=_SERIES_STATUSES),
}

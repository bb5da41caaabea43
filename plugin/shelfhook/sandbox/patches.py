"""What a metadata PATCH means: which fields exist, what null does, what is stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shelfhook.sandbox import cleaning
from shelfhook.sandbox.message import ViolationsError
from shelfhook.sandbox.records import BOOK_LOCKS, SERIES_LOCKS, JsonObject


@dataclass(frozen=True)
class Field:
    """One field: how a value is cleaned, and what makes the value that null stores, if any."""

    clean: cleaning.Cleaner
    null: Callable[[], object] | None = None  # None: null leaves the field as it is


Fields = Mapping[str, Field]


def _absent() -> None:
    return None


def _with_locks(fields: dict[str, Field], locked: tuple[str, ...]) -> Fields:
    return {**fields, **{f"{name}Lock": Field(cleaning.boolean) for name in locked}}


BOOK_FIELDS = _with_locks(
    {
        "title": Field(cleaning.filled),
        "summary": Field(cleaning.text, null=str),
        "number": Field(cleaning.filled),
        "numberSort": Field(cleaning.number),
        "releaseDate": Field(cleaning.day, null=_absent),
        "authors": Field(cleaning.authors, null=list),
        "tags": Field(cleaning.lowered, null=list),
        "isbn": Field(cleaning.isbn, null=str),
        "links": Field(cleaning.links, null=list),
    },
    BOOK_LOCKS,
)
SERIES_FIELDS = _with_locks(
    {
        "status": Field(cleaning.one_of(("ENDED", "ONGOING", "ABANDONED", "HIATUS"))),
        "title": Field(cleaning.filled),
        "titleSort": Field(cleaning.filled),
        "summary": Field(cleaning.text),
        "publisher": Field(cleaning.text),
        "readingDirection": Field(
            cleaning.one_of(("LEFT_TO_RIGHT", "RIGHT_TO_LEFT", "VERTICAL", "WEBTOON")),
            null=str,
        ),
        "ageRating": Field(cleaning.whole, null=_absent),
        "language": Field(cleaning.language),
        "genres": Field(cleaning.lowered, null=list),
        "tags": Field(cleaning.lowered, null=list),
        "totalBookCount": Field(cleaning.whole, null=_absent),
        "sharingLabels": Field(cleaning.lowered, null=list),
        "links": Field(cleaning.links, null=list),
        "alternateTitles": Field(cleaning.alternate_titles, null=list),
    },
    SERIES_LOCKS,
)


def read_patch(body: JsonObject, fields: Fields) -> JsonObject:
    """Give the values to store; raises `ViolationsError` with every field that is wrong.

    Fields the server does not know are ignored, as Komga ignores them.
    """
    stored: JsonObject = {}
    wrong: list[tuple[str, str]] = []
    for name, value in body.items():
        field = fields.get(name)
        if field is None:
            continue
        if value is None:
            if field.null is not None:
                stored[name] = field.null()
            continue
        try:
            stored[name] = field.clean(value)
        except ValueError as message:
            wrong.append((name, str(message)))
    if wrong:
        raise ViolationsError(wrong)
    return stored


def unlocked(offered: JsonObject, current: JsonObject) -> JsonObject:
    """Keep of an import's values those that are not locked: locks stop imports only."""
    return {name: value for name, value in offered.items() if not current[f"{name}Lock"]}

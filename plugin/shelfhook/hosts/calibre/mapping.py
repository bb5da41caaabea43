"""From Calibre's JSON to Shelfhook's words.

Calibre tells of a book in three forms: whole (`/ajax/books`), as columns of a list
(`/cdb/cmd/list`), and as the record that a write answers with. They differ in how they write
ratings, dates, formats and what is empty; all become the same fields here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shelfhook.hosts.calibre.columns import BUILT_IN, Column, custom
from shelfhook.hosts.calibre.documents import CALIBRE, Record, plain
from shelfhook.hosts.calibre.ids import BookId
from shelfhook.hosts.calibre.normal import FIRST_PLACE, UNKNOWN
from shelfhook.hosts.values import digest, reading
from shelfhook.model import Fields, Item, Library, Value

PREFERRED = ("CBZ", "CBR", "CB7", "CBT", "CBC", "EPUB", "PDF", "AZW3", "MOBI")
"""Which of a book's files is *the* file; then the first by name."""
_PHANTOM = ("", "dummy", None)
"""What stands for the uuid of a book that was never added."""


def libraries(info: Record) -> list[Library]:
    """All libraries; Calibre does not tell where they lie."""
    with reading(CALIBRE):
        return [Library(str(key), str(name)) for key, name in info["library_map"].items()]


def is_book(told: object) -> bool:
    """Whether it is a book, and not null or the ghost of one that a write has called up."""
    return isinstance(told, dict) and told.get("uuid") not in _PHANTOM


def columns_of_book(book: Record) -> dict[str, Column]:
    """All fields that a book's library has."""
    with reading(CALIBRE):
        told = book.get("user_metadata") or {}
        return {**BUILT_IN, **{str(name): custom(one) for name, one in told.items()}}


def columns_of_library(told: Record) -> dict[str, Column]:
    """The same from the list of custom columns."""
    with reading(CALIBRE):
        return {**BUILT_IN, **{f"#{label}": custom(one) for label, one in told.items()}}


def item(book_id: BookId, book: Record) -> Item:
    """A whole book."""
    with reading(CALIBRE):
        files = files_of(book)
        chosen = preferred(files)
        fields = fields_of(_raw(book), columns_of_book(book))
        sizes = {extension: int(file.get("size") or 0) for extension, file in files.items()}
        return Item(
            id=str(book_id),
            name=name_of(fields, files),
            library=book_id.library,
            path=str(files[chosen].get("path") or "") if chosen else "",
            fields=fields,
            fingerprint=fingerprint_of(
                str(book["uuid"]), sizes, max(sizes.values(), default=0), fields
            ),
            series_name=str(fields["series"] or ""),
            size=sizes.get(chosen) or None,
        )


def files_of(book: Record) -> dict[str, Record]:
    """A book's files by extension in capitals, with `path` and `size`, unless the file is lost."""
    with reading(CALIBRE):
        told = book.get("format_metadata") or {}
        return {str(extension).upper(): dict(one) for extension, one in told.items()}


def preferred(extensions: Iterable[str]) -> str:
    """The format of a book's file; "" if it has none."""
    there = sorted(extensions)
    return next((one for one in PREFERRED if one in there), there[0] if there else "")


def name_of(fields: Fields, extensions: Iterable[str]) -> str:
    """What a book's file is called: Calibre names files by title and author.

    On the disk accents are gone and long names are cut; here they stay. An author whom nobody knows
    is left out: then the title is what the file was called when it was added.
    """
    authors = fields["authors"]
    author = authors[0] if isinstance(authors, list) and authors else UNKNOWN
    stem = str(fields["title"]) if author == UNKNOWN else f"{fields['title']} - {author}"
    chosen = preferred(extensions)
    return (f"{stem}.{chosen.lower()}" if chosen else stem).replace("/", "_").replace("\\", "_")


def fields_of(raw: Mapping[str, Any], columns: Mapping[str, Column]) -> dict[str, Value]:
    """All fields in their normal form; what is not told is empty."""
    fields = {
        name: column.kind.normal(plain(raw.get(name)))
        for name, column in columns.items()
        if not column.computed
    }
    return settled(fields)


def settled(fields: Fields) -> dict[str, Value]:
    """The fields as they are together: without a series a book has the first place in it.

    Calibre keeps the place of a book that has left its series, and shows it in a list alone.
    """
    no_series = "series_index" in fields and fields.get("series") is None
    return {**fields, "series_index": FIRST_PLACE} if no_series else dict(fields)


def fingerprint_of(uuid: str, extensions: Iterable[str], size: int, fields: Fields) -> str:
    """What is another when the book is another; the part behind the dot is of its fields alone.

    The times of a book move with every write. `size` is that of its largest file: a list tells no
    other.
    """
    return f"{digest([uuid, sorted(extensions), size])}.{digest(fields)}"


def _raw(book: Record) -> dict[str, Any]:
    """A whole book's fields as a list has them."""
    own = {name: book.get(name) for name in BUILT_IN}
    stars = own["rating"]
    own["rating"] = stars * 2 if isinstance(stars, int | float) else None
    told = book.get("user_metadata") or {}
    return {**own, **{name: one.get("#value#") for name, one in told.items()}}

"""What some hosts can do besides; each goes with a capability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from shelfhook.model import BookList, Converter, Item


class Lists(Protocol):
    """What a host with the capability `collections` or `read-lists` has, too.

    `kind` is `collection` (its members are series) or `read-list` (books).
    """

    def find_list(self, kind: str, name: str) -> BookList | None:
        """The list of this name, read fresh; None if there is none."""
        ...

    def write_list(
        self, kind: str, name: str, members: Sequence[str], *, ordered: bool, list_id: str = ""
    ) -> str:
        """Give a list all its members (at least one, each once); gives the list's id.

        Args:
            list_id: the list to change; "" makes a new one.

        Raises:
            Gone: there is no such list.
            Permanent: the host refuses it.
        """
        ...

    def remove_list(self, kind: str, list_id: str) -> None:
        """Delete a list (only ever one that Shelfhook made). Gone already is fine."""
        ...


class Downloads(Protocol):
    """What a host with the capability `download` has, too."""

    def download(self, item_id: str, target: Path) -> None:
        """Fetch a book's file into `target`, which is overwritten.

        Raises:
            Gone: the book or its file is no longer there.
        """
        ...


class Covers(Protocol):
    """What a host with the capability `covers` has, too."""

    def cover(self, entity: str, entity_id: str) -> str:
        """Which cover is chosen now: its id, or "" for the one that the host made of a page."""
        ...

    def page(self, book_id: str, number: int) -> bytes:
        """A page's image, unchanged; pages count from 1."""
        ...

    def add_cover(self, entity: str, entity_id: str, image: bytes) -> str:
        """Upload an image and choose it as the cover; gives its id."""
        ...

    def choose_cover(self, entity: str, entity_id: str, cover: str) -> None:
        """Choose a cover that is there; "" goes back to the host's own."""
        ...

    def remove_cover(self, entity: str, entity_id: str, cover: str) -> None:
        """Delete an uploaded cover. Gone already is fine."""
        ...


class Formats(Protocol):
    """What a host with the capability `formats` has, too: books of several files.

    A format is a file's extension, in capitals, such as `CBZ`.
    """

    def formats(self, item_id: str) -> Mapping[str, int]:
        """The formats of a book, each with the bytes of its file.

        Raises:
            Gone: the book is not there.
        """
        ...

    def add_format(
        self, item_id: str, extension: str, file: Path, *, replace: bool = False
    ) -> None:
        """Give a book a copy of a file of this machine as one more format.

        Args:
            replace: whether a file of the same format goes; it cannot be taken back.

        Raises:
            Gone: the book is not there.
            Permanent: it has this format already, or the host refuses the file.
        """
        ...

    def remove_format(self, item_id: str, extension: str) -> None:
        """Delete one file of a book, which may be its last. Gone already is fine."""
        ...


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a host itself has done to files, as it remembers it.

    Attributes:
        id: the host's id of this memory, opaque; each comes once.
        kind: `file-deleted`, `folder-deleted`, `converted`, `imported`, `page-removed`; or the
            host's own word where it is none of these.
        at: seconds since the epoch. Of a host that tells no zone it may be off by the zone's hours.
        book, series: ids, "" for none. The thing itself may be gone for long.
        file: path of the file or folder as the host sees it; "" if it does not tell.
        details: what else it tells, in its own words.
    """

    id: str
    kind: str
    at: float
    book: str = ""
    series: str = ""
    file: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class History(Protocol):
    """What a host with the capability `history` has, too."""

    def history(self) -> Iterator[Happening]:
        """What the host remembers, newest first. Read page by page: stop where you know the rest.

        Raises:
            Refused: our account lacks the right to see it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Import:
    """A file that a host shall take into a series.

    Attributes:
        file: its whole path as the host sees it, outside all libraries.
        series: id of the series.
        replaces: id of the book of that series which it takes the place of, with metadata, progress
            and places in lists; that book's file is deleted. "" for none.
        name: what the file shall be called, without its extension; "" keeps its name.
    """

    file: str
    series: str
    replaces: str = ""
    name: str = ""


class Imports(Protocol):
    """What a host with the capability `import` has, too."""

    def import_books(self, files: Sequence[Import], *, move: bool) -> None:
        """Have the host take files into its series; it answers at once and does it later.

        Whether each succeeded is seen by its coming (`item.added`), or in `History`.

        Args:
            move: whether the files leave the place where they lie; else they are copied.

        Raises:
            Gone: a series is not there.
            Permanent: a file cannot be taken; then none is.
            Transient: it is not known whether the host has heard: look before you ask again.
        """
        ...


class Converts(Protocol):
    """What a host with the capability `convert` has, too.

    It takes a file of another name for another book, but converts files itself without that: the
    book keeps its id, and with it all that people have done to it.
    """

    def converter(self, item: Item, form: str) -> Converter | None:
        """What the host itself does about a book's file; None if it cannot make a CBZ of it.

        Args:
            form: what the file is: `rar`, `7z`, `tar`, or `zip` under a wrong extension.
        """
        ...


class SeriesBooks(Protocol):
    """What a host with the capability `series-books` has, too.

    Without it the engine lists a whole library, once in a job, to find the books of a series.
    """

    def books_of(self, series_id: str) -> Sequence[Item]:
        """All books of a series, read fresh, in the order of their files; none if it is gone."""
        ...

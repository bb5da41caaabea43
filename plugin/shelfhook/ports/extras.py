"""What some hosts can do besides; each goes with a capability."""

from __future__ import annotations

from collections.abc import Sequence
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

"""What some hosts can do besides; each goes with a capability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from shelfhook.model import BookList


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
        """Which cover is chosen now: id of an uploaded one, or "" for the host's own."""
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

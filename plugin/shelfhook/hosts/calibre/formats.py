"""A book's files: which there are, adding and removing them, and downloading."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from shelfhook.errors import Gone, Permanent, Transient
from shelfhook.hosts.calibre import ids, mapping, routes, writing
from shelfhook.hosts.calibre.documents import CALIBRE
from shelfhook.hosts.calibre.ids import BookId
from shelfhook.hosts.calibre.paging import Ask
from shelfhook.hosts.calibre.turns import Turns
from shelfhook.hosts.client import Client
from shelfhook.hosts.values import reading

LARGEST = 256 * 1024 * 1024
"""Bytes of a file to add. It is sent as one JSON text, so it is in memory a few times over; the
server takes 500 MB of that."""
_EXTENSION = re.compile(r"[A-Z0-9_]{1,16}")


class CalibreFormats:
    """Satisfies [`Formats`][shelfhook.ports.Formats] and `Downloads`."""

    _client: Client
    _turns: Turns

    def formats(self, item_id: str) -> Mapping[str, int]:
        """The formats of a book, such as `CBZ`, with the bytes that each file has.

        Raises:
            Gone: the book is not there.
        """
        return _sizes(self._client.ask, ids.read(item_id))

    def add_format(
        self, item_id: str, extension: str, file: Path, *, replace: bool = False
    ) -> None:
        """Give a book one more file. Safe to repeat with `replace`.

        Raises:
            Gone: the book is not there.
            Permanent: it has this format already, or the file cannot be read or is too large.
        """
        book_id, word = ids.read(item_id), _word(extension)
        with self._turns.alone(item_id), self._turns.place(item_id):
            if word in _sizes(self._client.ask, book_id) and not replace:
                raise Permanent(f"book {book_id} has a file of the format {word} already")
            data = _read(file)
            added = {"ext": word.lower(), "data_url": base64.b64encode(data).decode("ascii")}
            writing.change(self._client.ask, book_id, {"added_formats": [added]})
            size = _sizes(self._client.ask, book_id).get(word)
            if size != len(data):
                raise Permanent(
                    f"Calibre did not keep the {word} of book {book_id}: it has {size} bytes"
                    f" instead of {len(data)}; a plugin of Calibre may have changed it"
                )

    def remove_format(self, item_id: str, extension: str) -> None:
        """Delete one file of a book, which may be its last. Gone already is fine.

        Raises:
            Gone: the book is not there.
        """
        book_id, word = ids.read(item_id), _word(extension)
        with self._turns.alone(item_id), self._turns.place(item_id):
            if word not in _sizes(self._client.ask, book_id):
                return
            writing.change(self._client.ask, book_id, {"removed_formats": [word]})
            if word in _sizes(self._client.ask, book_id):
                raise Permanent(f"Calibre did not remove the {word} of book {book_id}")

    def download(self, item_id: str, target: Path) -> None:
        """Fetch a book's file, rather a comic than another, into `target`.

        A comic comes byte for byte. An EPUB, AZW3 or KEPUB gets the book's metadata on its way.

        Raises:
            Gone: the book or its file is not there.
            Permanent: `target` cannot be written.
        """
        book_id = ids.read(item_id)
        chosen = mapping.preferred(_sizes(self._client.ask, book_id))
        if not chosen:
            raise Gone(f"book {book_id} has no file")
        try:
            self._client.save(routes.file(book_id, chosen), target)
        except Gone as error:
            # Said by a proxy too, whose server is away for a moment.
            if chosen in _sizes(self._client.ask, book_id):
                raise Transient(f"{error}; but the book has this file") from error
            raise


def _sizes(ask: Ask, book_id: BookId) -> dict[str, int]:
    files = mapping.files_of(writing.find(ask, book_id))
    with reading(CALIBRE):  # of a file that is lost Calibre tells no size
        return {extension: int(file["size"]) for extension, file in files.items() if file}


def _word(extension: str) -> str:
    word = extension.strip().lstrip(".").upper()
    if not _EXTENSION.fullmatch(word):
        raise Permanent(f"{extension!r} is no format; write it like CBZ")
    return word


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST:
            raise Permanent(f"{file.name} is too large to be sent: over {LARGEST} bytes")
        return file.read_bytes()
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror or error}") from error

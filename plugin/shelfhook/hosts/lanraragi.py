"""LANraragi, and servers that speak as it does (ComicLib): archives with a title and tags.

All archives are one library, since the server knows no others. It keeps the day of adding among
the tags; that one is neither shown nor ever lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import request
from shelfhook.hosts.dialects import base64_of, bearer, key_of
from shelfhook.hosts.plain import PlainHost
from shelfhook.hosts.values import Normal, an_object, objects, reading, text, words
from shelfhook.model import Account, Fields, Item, Library, Value
from shelfhook.ports import HostOptions

LIBRARY = "archives"
METADATA = "/api/archives/{archive}/metadata"
DOWNLOAD = "/api/archives/{archive}/download"
STAMP = "date_added:"
"""The server's own tags begin so; without them an archive is missing from lists by date."""
NOT_THERE = frozenset({400})
"""What is said of an unknown archive, and of a new one that is still being written down."""
LOCKED = frozenset({423})
"""What is said while another writes."""

_words = words(",")


def tags(value: Value) -> Value:
    """The normal form of tags.

    Raises:
        Permanent: one is the server's own.
    """
    found = _words(value)
    if isinstance(found, list) and any(str(tag).startswith(STAMP) for tag in found):
        raise Permanent(f"the tags {STAMP}… are kept by the server; leave them out")
    return found


class Lanraragi(PlainHost):
    """A server with LANraragi's interface."""

    kind = "lanraragi"
    capabilities = frozenset({"write-book", "download"})
    fields: ClassVar[Mapping[str, Normal]] = {"title": text, "tags": tags, "summary": text}

    def login(self, options: HostOptions) -> Mapping[str, str]:
        """The key (ComicLib: the password) in base64."""
        return bearer(base64_of(key_of(options)))

    def version(self) -> str:
        """Ask for what anyone may know."""
        with reading(self.kind):
            return str(self._info()["version"])

    def whoami(self) -> Account:
        """There are no users: who knows the key may do everything.

        To read needs no key. To forget the results of searches does, and changes nothing.
        """
        self.client.tell(request("DELETE", "/api/search/cache"))
        return Account(self.kind, admin=True)

    def libraries(self) -> list[Library]:
        """The one library, by the name that the server has."""
        with reading(self.kind):
            return [Library(LIBRARY, str(self._info()["name"]), "")]

    def books(self, library: str, size: int) -> Iterator[Item]:  # noqa: ARG002 - there are no pages
        """All archives, which the server tells in one answer."""
        if library == LIBRARY:
            with reading(self.kind):
                answer = self.client.ask(request("GET", "/api/archives"))
                listed = objects(answer["data"] if isinstance(answer, dict) else answer)
                found = [_item(one) for one in listed]
            yield from found

    def book(self, book_id: str) -> Item:
        """One archive."""
        with reading(self.kind):
            return _item(self._metadata(book_id))

    def put(self, book_id: str, fields: Fields) -> None:
        """Write title and tags, for the server replaces both; it would also write for no archive.

        An empty text counts as missing there; white space does not, and is trimmed.
        """
        with reading(self.kind):
            told = self._metadata(book_id)
            if "summary" in fields and "summary" not in told:
                raise Permanent(f"{self.name} keeps no summaries; leave them out")
            form = {"title": str(told["title"] or "")}
            form |= {name: str(value) for name, value in fields.items() if name != "tags"}
            stamps = {tag for tag in _tags(told) if tag.startswith(STAMP)}
            listed = fields.get("tags", self._normal(_item(told).fields)["tags"])
        found = listed if isinstance(listed, list) else []
        form["tags"] = ",".join([*map(str, found), *sorted(stamps)])
        call = request(
            "PUT",
            METADATA,
            {"archive": book_id},
            form={name: value or " " for name, value in form.items()},
            again=NOT_THERE | LOCKED,
            gone=NOT_THERE,
        )
        with reading(self.kind):
            answer = an_object(self.client.ask(call))
            if not answer["success"]:
                raise Permanent(f"archive {book_id}: {answer.get('error') or 'no reason given'}")

    def download(self, item_id: str, target: Path) -> None:
        """The archive's file."""
        ids = {"archive": item_id}
        self.client.save(request("GET", DOWNLOAD, ids, again=NOT_THERE, gone=NOT_THERE), target)

    def _info(self) -> dict[str, Any]:
        return an_object(self.client.ask(request("GET", "/api/info")))

    def _metadata(self, book_id: str) -> dict[str, Any]:
        ids = {"archive": book_id}
        call = request("GET", METADATA, ids, again=NOT_THERE, gone=NOT_THERE)
        return an_object(self.client.ask(call))


connect = Lanraragi


def _tags(told: Mapping[str, Any]) -> list[str]:
    return [tag.strip() for tag in str(told["tags"] or "").split(",")]


def _item(told: Mapping[str, Any]) -> Item:
    """An archive; its name is the id where the file's is not told, since that must not change."""
    archive = str(told["arcid"])
    fields: dict[str, Value] = {
        "title": told["title"],
        "tags": [tag for tag in _tags(told) if not tag.startswith(STAMP)],
    }
    if "summary" in told:
        fields["summary"] = told["summary"]
    name, suffix = str(told.get("filename") or ""), str(told.get("extension") or "").lstrip(".")
    return Item(
        id=archive,
        name=f"{name}.{suffix}" if name and suffix else name or archive,
        library=LIBRARY,
        fields=fields,
        size=int(told["size"]) if told.get("size") else None,
        pages=int(told["pagecount"]) if told.get("pagecount") else None,
    )

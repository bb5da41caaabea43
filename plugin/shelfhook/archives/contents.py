"""Judges the entries of an archive one by one: pages, metadata, and what does not belong there."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from shelfhook.archives import comicfields, formats, names, pages
from shelfhook.archives.faults import FaultError, Faults
from shelfhook.archives.limits import Limits


class Sort(Enum):
    """What an entry is to a reader of the book."""

    PAGE = auto()
    COMIC_INFO = auto()
    METADATA = auto()
    JUNK = auto()
    ARCHIVE = auto()
    OTHER = auto()


@dataclass(slots=True)
class Contents:
    """Takes entries in the archive's order, and gathers what they make together.

    Attributes:
        faults: what is wrong with them.
        decode: whether to decode pages, or only to count them.
        comic: whether the book is a heap of pages; in an EPUB anything may lie.
        pages: entries that are pages, also those that cannot be read.
        unreadable: those among them.
        comic_info: elements of the ComicInfo.xml with their texts; None if there is none.
    """

    limits: Limits
    faults: Faults = field(default_factory=Faults)
    decode: bool = True
    comic: bool = True
    pages: int = 0
    unreadable: int = 0
    comic_info: Mapping[str, str] | None = None
    _document: tuple[str, bytes] | None = None
    _names: set[bytes] = field(default_factory=set)
    _folded: set[str] = field(default_factory=set)

    def announce(self, name: str, raw: bytes) -> None:
        """Judge an entry by its name alone. `raw` is the name as it stands in the file."""
        if reason := names.danger(raw, name):
            self.faults.add("archive.path", name, reason)
        elif reason := names.oddity(name):
            self.faults.add("archive.name", name, reason)
        folded = unicodedata.normalize("NFC", name).casefold()
        if raw in self._names:
            self.faults.add("archive.duplicate", name)
        elif folded in self._folded:
            self.faults.add("archive.case", name)
        self._names.add(raw)
        self._folded.add(folded)

    def wants(self, name: str, size: int, head: bytes) -> bool:
        """Whether `take` needs an entry's whole content; its head is enough for others.

        Args:
            head: the first bytes, `formats.HEAD` or more.
        """
        sort = _sort(name, head)
        if sort is Sort.COMIC_INFO:
            return size <= self.limits.comic_info
        return sort is Sort.PAGE and self.decode

    def take(self, name: str, size: int, content: bytes) -> None:
        """Judge an entry that is sound as such; `content` is its head where that was enough."""
        match _sort(name, content[: formats.HEAD]):
            case Sort.PAGE:
                self._take_page(name, content)
            case Sort.COMIC_INFO:
                self._take_comic_info(name, size, content)
            case Sort.JUNK:
                self.faults.add("archive.junk", name)
            case Sort.ARCHIVE if self.comic:
                self.faults.add("archive.nested", name)
            case Sort.OTHER if self.comic:
                self.faults.add("archive.foreign", name)

    def lost(self, name: str) -> None:
        """Note that an entry cannot be read; why has been said already."""
        if names.is_picture(name) and not names.is_junk(name):
            self.pages += 1
            self.unreadable += 1

    def finish(self) -> None:
        """Judge the whole, once all entries have been taken."""
        if self.comic and not self.pages:
            self.faults.add("page.none")
        if self._document:
            counted = range(self.pages - self.unreadable, self.pages + 1)
            self.comic_info = comicfields.check(*self._document, self.faults, counted)

    def _take_page(self, name: str, content: bytes) -> None:
        self.pages += 1
        if not self.decode:
            return
        try:
            kind = pages.check(content, self.limits.pixels)
        except FaultError as fault:
            self.unreadable += fault.code == "page.undecodable"
            self.faults.add(fault.code, name, fault.detail)
            return
        if self.comic and formats.suffix(name) not in formats.PICTURES[kind]:
            self.faults.add("page.extension", name, f"it is {formats.NAMES[kind]}")

    def _take_comic_info(self, name: str, size: int, content: bytes) -> None:
        if size > self.limits.comic_info:
            self.faults.add("comicinfo.too-large", name, f"{size} bytes")
            return
        if name != names.COMIC_INFO:
            self.faults.add("comicinfo.place", name)
        if self._document is None or name == names.COMIC_INFO:
            self._document = (name, content)


def _sort(name: str, head: bytes) -> Sort:
    if names.is_junk(name):
        return Sort.JUNK
    if names.is_comic_info(name):
        return Sort.COMIC_INFO
    if names.is_picture(name) or formats.picture(head):
        return Sort.PAGE
    if names.is_archive(name) or formats.kind_of(head) in ("zip", "rar", "7z", "tar"):
        return Sort.ARCHIVE
    return Sort.METADATA if names.is_metadata(name) else Sort.OTHER

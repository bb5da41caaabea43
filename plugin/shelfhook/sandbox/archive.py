"""What Komga's analysis says of a file: media type, pages, and a code when something is wrong.

ERR_1000 no access, ERR_1001 unknown type, ERR_1006 no pages, ERR_1007 some entries unreadable
(the book stays READY), ERR_1008 the archive cannot be read, ERR_1018 the file is gone.
"""

import lzma
import zipfile
import zlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from shelfhook.sandbox.catalogue import natural
from shelfhook.sandbox.comicinfo import read_comic_info
from shelfhook.sandbox.records import JsonObject, Media

_ZIP = "application/zip"
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM")
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class Inspection:
    """What was found in one file."""

    media: Media
    comic_info: JsonObject | None = None


def inspect(path: Path) -> Inspection:
    """Analyse a file; whatever is wrong with it is an answer, never an exception."""
    try:
        with path.open("rb") as file:
            beginning = file.read(8)
        if not beginning.startswith(b"PK"):
            return Inspection(Media("UNSUPPORTED", _type_of(beginning), 0, "ERR_1001"))
        with zipfile.ZipFile(path) as archive:
            return _inspect_entries(archive)
    except FileNotFoundError:
        return Inspection(Media("ERROR", "", 0, "ERR_1018"))
    except PermissionError:
        return Inspection(Media("ERROR", "", 0, "ERR_1000"))
    except (*_UNREADABLE, OSError):
        return Inspection(Media("ERROR", _ZIP, 0, "ERR_1008"))


def _inspect_entries(archive: zipfile.ZipFile) -> Inspection:
    pages = 0
    unreadable = []
    comic_info: JsonObject | None = None
    for entry in archive.infolist():
        if entry.filename.endswith("/"):  # is_dir() fails on an entry without a name
            continue
        try:
            content = archive.read(entry)
        except (*_UNREADABLE, OSError):
            unreadable.append(entry.filename)
            continue
        pages += is_image(content)
        if entry.filename == "ComicInfo.xml":
            comic_info = read_comic_info(content)
    if not pages:
        return Inspection(Media("ERROR", _ZIP, 0, "ERR_1006"))
    comment = f"ERR_1007 [{', '.join(unreadable)}]" if unreadable else ""
    return Inspection(Media("READY", _ZIP, pages, comment), comic_info)


def read_page(path: Path, number: int) -> bytes | None:
    """Give the number-th image in the order of names; None when there is none to be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(archive.namelist(), key=natural)
            images = (content for name in names if is_image(content := _content(archive, name)))
            return next(islice(images, number - 1, None), None)
    except (*_UNREADABLE, OSError):
        return None


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    """Give an entry's content; nothing when it cannot be read."""
    try:
        return archive.read(name)
    except (*_UNREADABLE, OSError):
        return b""


def is_image(content: bytes) -> bool:
    """Tell an image by its first bytes, as the server does; it may still be undecodable."""
    webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return webp or content.startswith(_SIGNATURES)


def _type_of(beginning: bytes) -> str:
    return "text/plain" if beginning.isascii() else "application/octet-stream"


def comic_info_of(path: Path) -> JsonObject | None:
    """Read only the file's ComicInfo.xml; None when there is none to be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return read_comic_info(archive.read("ComicInfo.xml"))
    except (KeyError, *_UNREADABLE, OSError):
        return None

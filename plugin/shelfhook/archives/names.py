"""What the names of an archive's entries tell: where they lead, and what they stand for."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from shelfhook.archives.formats import PICTURE_SUFFIXES, suffix

COMIC_INFO = "ComicInfo.xml"
METRON_INFO = "MetronInfo.xml"
_METADATA = frozenset({"comicinfo.xml", "metroninfo.xml", "comet.xml", "comicbookinfo.json"})
_JUNK = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", ".directory"})
_JUNK_FOLDERS = frozenset({"__macosx", "@eadir", ".thumbnails"})
_ARCHIVES = frozenset(
    {".zip", ".cbz", ".rar", ".cbr", ".7z", ".cb7", ".tar", ".cbt", ".epub", ".gz", ".bz2", ".xz"}
)
_DRIVE = re.compile(r"[A-Za-z]:")


def danger(raw: bytes, name: str) -> str:
    """Why unpacking an entry under its name would write elsewhere; "" if it would not."""
    if b"\x00" in raw:
        return "a NUL character is in its name"
    if _DRIVE.match(name):
        return "its name begins with a drive"
    path = name.replace("\\", "/")
    if path.startswith("/"):
        return "its name begins at the root"
    return "its name leads to the folder above" if ".." in path.split("/") else ""


def oddity(name: str) -> str:
    """Why some programs would stumble over a name; "" if none should."""
    if not name.strip("/"):
        return "it has no name"
    if "\\" in name:
        return "a backslash is in its name"
    if "\ufffd" in name or not name.isprintable():
        return "characters that cannot be shown are in its name"
    return ""


def is_junk(name: str) -> bool:
    """Whether an operating system left it there: thumbnails, resource forks and the like."""
    path = PurePosixPath(name.replace("\\", "/").lower())
    hidden = path.name.startswith("._")
    return hidden or path.name in _JUNK or not _JUNK_FOLDERS.isdisjoint(path.parts[:-1])


def is_picture(name: str) -> bool:
    """Whether it calls itself a picture."""
    return suffix(name) in PICTURE_SUFFIXES


def is_metadata(name: str) -> bool:
    """Whether programs for comics keep what they know of a book under this name."""
    last = PurePosixPath(name).name.lower()
    return last in _METADATA or last.endswith(".acbf")


def is_comic_info(name: str) -> bool:
    """Whether it is a ComicInfo.xml, wherever it lies and however it is written."""
    return PurePosixPath(name.replace("\\", "/")).name.lower() == COMIC_INFO.lower()


def is_archive(name: str) -> bool:
    """Whether it calls itself an archive."""
    return suffix(name) in _ARCHIVES

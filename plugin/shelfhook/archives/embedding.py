"""ComicInfo.xml inside a CBZ file: what it says, and a new file in which it says more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shelfhook.archives import comicinfo
from shelfhook.archives.comicinfo_layout import LIMIT
from shelfhook.archives.entry import read_root_entry
from shelfhook.archives.names import COMIC_INFO
from shelfhook.archives.rewrite import put_entry


def present(path: Path) -> dict[str, str]:
    """What the ComicInfo.xml at the root of a CBZ file says, element by element.

    Raises:
        Gone: there is no file.
        Permanent: the archive or the document cannot be changed safely.
    """
    return comicinfo.read(read_root_entry(path, COMIC_INFO, LIMIT) or b"")


def write(source: str, target: str, elements: Mapping[str, str]) -> None:
    """Make a copy of a CBZ file whose ComicInfo.xml says this, too ("" removes an element).

    Runs in a worker process. One in a subfolder is not touched: servers read the root's.

    Raises:
        Gone: there is no source.
        Permanent: the archive or the document cannot be changed safely, or the disk is full.
    """
    old = Path(source)
    document = comicinfo.merge(read_root_entry(old, COMIC_INFO, LIMIT), elements)
    put_entry(old, Path(target), COMIC_INFO, document)

"""ComicInfo.xml inside a CBZ file: what it says, and a new file in which it says more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shelfhook.archives import comicinfo, metroninfo
from shelfhook.archives.comicinfo_layout import LIMIT
from shelfhook.archives.entry import read_root_entry
from shelfhook.archives.names import COMIC_INFO, METRON_INFO
from shelfhook.archives.rewrite import check_entries, put_entries


def present(path: Path) -> dict[str, str]:
    """What the ComicInfo.xml at the root of a CBZ file says, element by element.

    Raises:
        Gone: there is no file.
        Permanent: the archive or the document cannot be changed safely.
    """
    return comicinfo.read(read_root_entry(path, COMIC_INFO, LIMIT) or b"")


def metron_state(path: Path, elements: Mapping[str, str]) -> metroninfo.State:
    """How the MetronInfo.xml of a CBZ file stands to its ComicInfo.xml, once that says this, too.

    Raises:
        Gone: there is no file.
        Permanent: the archive or a document cannot be changed safely.
    """
    document = comicinfo.merge(read_root_entry(path, COMIC_INFO, LIMIT), elements)
    return metroninfo.state(read_root_entry(path, METRON_INFO, LIMIT), document)


def check(path: Path, elements: Mapping[str, str]) -> None:
    """Check that `write` could do this, without unpacking or writing anything.

    Raises:
        Gone: there is no file.
        Permanent: the archive or the document cannot be changed safely.
    """
    comicinfo.merge(read_root_entry(path, COMIC_INFO, LIMIT), elements)
    check_entries(path)


def write(source: str, target: str, elements: Mapping[str, str], *, metron: bool = False) -> None:
    """Make a copy of a CBZ file whose ComicInfo.xml says this, too ("" removes an element).

    Runs in a worker process. One in a subfolder is not touched: servers read the root's.

    Args:
        metron: whether a MetronInfo.xml beside it says the same.

    Raises:
        Gone: there is no source.
        Permanent: the archive or the document cannot be changed safely, or the disk is full.
    """
    old = Path(source)
    document = comicinfo.merge(read_root_entry(old, COMIC_INFO, LIMIT), elements)
    contents = {COMIC_INFO: document} if elements else {}
    if metron:
        contents[METRON_INFO] = metroninfo.translated(document)
    put_entries(old, Path(target), contents)

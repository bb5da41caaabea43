"""Archives of other formats, and ZIP files under other names, made into CBZ files."""

from __future__ import annotations

import os
from pathlib import Path

from shelfhook.archives import readers, ziprecords
from shelfhook.archives.copying import Span, copy_spans, same_spans
from shelfhook.archives.limits import Limits
from shelfhook.archives.repack import repack
from shelfhook.archives.trouble import created, told
from shelfhook.errors import Permanent


def convert(source: str, target: str, webp_quality: int | None = None) -> None:
    """Make a CBZ file of a book's archive. Runs in a worker process.

    A ZIP file is copied as it is. Of any other archive every entry is unpacked, packed again and
    compared, before this returns.

    Args:
        source: stays untouched.
        target: must not exist; is removed if anything goes wrong.
        webp_quality: 1 to 100 makes pages WebP where that is smaller; None keeps them.

    Raises:
        Gone: there is no source.
        Permanent: it cannot be read here, is encrypted or damaged, or is refused.
    """
    old, new = Path(source), Path(target)
    kind = readers.kind(old)
    if kind == "zip":
        return _copy(old, new)
    if kind not in readers.READABLE:
        raise Permanent(f"{old.name} is no archive of pages; run the action audit on it")
    return _repack(old, new, kind, webp_quality)


def _repack(old: Path, new: Path, kind: str, webp_quality: int | None) -> None:
    limits = Limits()
    failures: list[Permanent] = []
    for source in readers.sources(old, kind, limits):
        try:
            with told(old):
                return repack(source, new, webp_quality, limits.pixels)
        except Permanent as error:  # another program may read what this one cannot
            failures.append(error)
    raise failures[0]


def _copy(old: Path, new: Path) -> None:
    with told(old), old.open("rb") as file, created(new) as copy:
        ziprecords.read(file)  # a copy of a broken one would only hide that it is broken
        whole = [Span(0, os.fstat(file.fileno()).st_size)]
        copy_spans(file, copy, whole)
        if not same_spans(file, copy, whole):
            raise Permanent(f"the copy of {old.name} is not the same; the old file is untouched")

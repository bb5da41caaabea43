"""What `embed` costs beside a plain copy of the same file, both forced to the disk."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.report import Row, alternate, median
from shelfhook.archives.comicinfo import merge
from shelfhook.archives.embedding import write

PAGES = 30
PAGE_BYTES = 1 << 20
REPEATS = 7
"""Copies of each kind in a round; the fastest counts, because a disk has bad moments."""
ELEMENTS = {"Title": "Low Water", "Series": "Iron Harbor", "Number": "12", "Summary": "x" * 2000}


def embeds(rounds: int) -> list[Row]:
    """A file of 30 MB without a ComicInfo.xml, and one that has one in the middle."""
    # Beside the results, for /tmp may lie in memory, where no file is ever forced to a disk.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        bare, full = Path(folder, "bare.cbz"), Path(folder, "full.cbz")
        _book(bare, with_info=False)
        _book(full, with_info=True)
        return [
            _row("embed / plain copy: no ComicInfo yet", bare, rounds),
            _row("embed / plain copy: one to replace in the middle", full, rounds),
        ]


def _row(name: str, source: Path, rounds: int) -> Row:
    copied, written = alternate(
        rounds, partial(_best, _copy, source), partial(_best, _embed, source)
    )
    plain, ours = median(copied), median(written)
    size = source.stat().st_size / 1e6
    detail = f"{ours * 1000:.1f} ms against {plain * 1000:.1f} ms, {size:.0f} MB"
    return Row(name, ours / plain, 1.3, detail, at_least=False)


def _best(make: Callable[[Path, Path], None], source: Path) -> float:
    target = source.with_name("target")
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        make(source, target)
        _force(target)
        times.append(time.perf_counter() - begun)
        target.unlink()
    return min(times)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _embed(source: Path, target: Path) -> None:
    write(str(source), str(target), ELEMENTS)


def _force(target: Path) -> None:
    file = os.open(target, os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _book(path: Path, *, with_info: bool) -> None:
    noise = random.Random(7)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(PAGES):
            if with_info and number == PAGES // 2:
                archive.writestr("ComicInfo.xml", merge(None, {"Title": "Old", "Notes": "kept"}))
            archive.writestr(f"{number:03}.jpg", noise.randbytes(PAGE_BYTES))

"""`audit` of 200 CBZ files of 20 pages: worker processes against the same work in one thread."""

from __future__ import annotations

import io
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from benchmarks.fakes import IdleHost
from benchmarks.report import Row, alternate, median
from shelfhook.actions.audit import Audit, AuditParameters
from shelfhook.archives.inspect import inspect
from shelfhook.archives.limits import Limits
from shelfhook.model import Item
from shelfhook.pool import HeavyPool
from shelfhook.ports import PlanContext

BOOKS = 200
PAGES = 20
PROCESSES = 2
WORKERS = 4
SIZE = (500, 750)


class FolderFiles:
    """Every item's path is one of this machine."""

    mapped = True

    def local(self, item: Item) -> Path:
        return Path(item.path)

    @contextmanager
    def reading(self, item: Item) -> Iterator[Path]:
        yield self.local(item)


def _page(number: int) -> bytes:
    """Waves rather than noise, so that it packs about as well as a drawing."""
    wave = Image.radial_gradient("L").resize(SIZE).rotate(number * 17)
    lines = Image.effect_noise(SIZE, 40)
    target = io.BytesIO()
    Image.merge("RGB", (wave, lines, Image.blend(wave, lines, 0.3))).save(target, "JPEG")
    return target.getvalue()


def _books(folder: Path) -> list[Item]:
    pages = [_page(number) for number in range(PAGES)]
    for book in range(BOOKS):
        with zipfile.ZipFile(folder / f"book {book:03}.cbz", "w") as archive:
            for number, page in enumerate(pages):
                archive.writestr(f"{number:03}.jpg", page)
    fields = {"title": "Low Water", "number": "1"}
    return [
        Item(path.name, path.name, path=str(path), fields=fields, pages=PAGES)
        for path in sorted(folder.iterdir())
    ]


def _in_one_thread(items: Sequence[Item]) -> float:
    """Books a second without pool, engine or action: the bare inspection in this process."""
    begun = time.perf_counter()
    for item in items:
        assert not inspect(Path(item.path), Limits()).faults
    return len(items) / (time.perf_counter() - begun)


def _in_processes(items: Sequence[Item]) -> float:
    """Books a second by the action as the engine calls it; processes start with the clock."""
    action = Audit(AuditParameters())
    with HeavyPool(PROCESSES, 60) as heavy, ThreadPoolExecutor(WORKERS) as workers:
        context = PlanContext(IdleHost(len(items)), FolderFiles(), heavy)
        begun = time.perf_counter()
        found = list(workers.map(lambda item: action.plan(item, context), items))
        spent = time.perf_counter() - begun
    assert not any(found)
    return len(items) / spent


def audit(rounds: int) -> list[Row]:
    """The ratio of both rates."""
    with tempfile.TemporaryDirectory() as folder:
        items = _books(Path(folder))
        one, many = alternate(rounds, lambda: _in_one_thread(items), lambda: _in_processes(items))
    ratios = [ours / bare for bare, ours in zip(one, many, strict=True)]
    return [
        Row(
            f"audit of {BOOKS} CBZ of {PAGES} pages: {PROCESSES} processes / one thread",
            median(ratios),
            1.7,
            f"{median(many):.1f} books/s against {median(one):.1f}; rounds "
            + " ".join(f"{ratio:.2f}" for ratio in ratios),
        )
    ]

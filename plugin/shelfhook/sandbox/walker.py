"""Walks a library's folder: which directories hold books, and which."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".cbz", ".zip", ".cbr", ".rar", ".epub", ".pdf")
_EXCLUDED = ("#recycle", "@eadir", "@recycle")


@dataclass(frozen=True)
class FoundBook:
    """A file that is a book."""

    path: str
    name: str
    size: int
    modified: float


@dataclass(frozen=True)
class FoundSeries:
    """A directory that holds books."""

    path: str
    name: str
    modified: float
    books: tuple[FoundBook, ...]


def walk(root: Path) -> Iterator[FoundSeries]:
    """Give the directories with books below `root`, itself included; no order is promised."""
    waiting = [str(root)]
    while waiting:
        directory = waiting.pop()
        books = []
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower() in _EXCLUDED:
                    continue
                if entry.is_dir():
                    waiting.append(entry.path)
                elif (book := _book(entry)) is not None:
                    books.append(book)
        if books:
            path = Path(directory)
            yield FoundSeries(directory, path.name, path.stat().st_mtime, tuple(books))


def _book(entry: os.DirEntry[str]) -> FoundBook | None:
    stem, suffix = os.path.splitext(entry.name)  # noqa: PTH122 - no Path for each file of a walk
    if suffix.lower() not in SUFFIXES:
        return None
    try:
        status = entry.stat()
    except FileNotFoundError:  # vanished while we walked
        return None
    return FoundBook(entry.path, stem, status.st_size, status.st_mtime)

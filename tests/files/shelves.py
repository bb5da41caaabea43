"""A library's folder, backups, and files with all that must survive a replacement."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shelfhook.files import RESERVE, Backups, Prepared, prepare, restore
from shelfhook.files.durable import Steps, no_steps

OLD = b"the old book" * 1000
NEW = b"the new book, which is longer" * 1000
TIME = 1_000_000_000_123_456_789
"""A time of long ago, in nanoseconds."""
KEY = "change-1"


@dataclass(frozen=True)
class Free:
    """A disk with so much room."""

    free: int

    def __call__(self, folder: Path) -> Free:
        return self


PLENTY = Free(RESERVE * 1000)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def place_book(path: Path, content: bytes = OLD) -> Path:
    """A file with rights and times of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o640)
    os.utime(path, ns=(TIME, TIME))
    return path


ATTRIBUTE = "user.mark"


def mark(path: Path) -> None:
    """Give a file an extended attribute, if its disk has such."""
    with contextlib.suppress(OSError):
        os.setxattr(path, ATTRIBUTE, b"mine")


def marks(path: Path) -> list[str]:
    return [name for name in os.listxattr(path) if name == ATTRIBUTE]


def writes(content: bytes) -> Callable[[Path], None]:
    """A build that makes a file of this content."""

    def build(target: Path) -> None:
        with target.open("xb") as file:
            file.write(content)

    return build


@dataclass(frozen=True)
class Scene:
    """One way to replace a file: how it begins, how it is done, and how it may end."""

    folder: Path
    way: str

    @property
    def old(self) -> Path:
        return self.folder / "library" / ("Saga 01.cbr" if self.way != "replace" else "Saga 01.cbz")

    @property
    def new(self) -> Path:
        return self.folder / "library" / "Saga 01.cbz"

    @property
    def backups(self) -> Backups:
        return Backups(self.folder / "backups", 30, usage=PLENTY)

    @property
    def before(self) -> tuple[Path, bytes]:
        """The only file of the library at first."""
        return (self.new, NEW) if self.way == "restore" else (self.old, OLD)

    @property
    def after(self) -> tuple[Path, bytes]:
        """The only file of the library at the end."""
        return (self.old, OLD) if self.way == "restore" else (self.new, NEW)

    def set_up(self) -> None:
        place_book(self.before[0], self.before[1])
        if self.way == "restore":
            place_book(self.kept)

    @property
    def kept(self) -> Path:
        return self.folder / "kept" / self.old.name

    def prepare(self, steps: Steps = no_steps) -> Prepared:
        if self.way == "restore":
            return restore(
                self.kept,
                digest(OLD),
                self.new,
                self.old,
                self.backups,
                KEY,
                current_sha256=digest(NEW),
                usage=PLENTY,
                steps=steps,
            )
        return prepare(
            self.old,
            self.new,
            writes(NEW),
            self.backups,
            KEY,
            interrupted=self.ledger.read_text("ascii") if self.ledger.exists() else "",
            usage=PLENTY,
            steps=steps,
        )

    @property
    def ledger(self) -> Path:
        """Where the new file's digest is recorded."""
        return self.folder / "ledger"

    def run(self, steps: Steps = no_steps) -> None:
        """All of it, recorded in the midst as the engine does."""
        made = self.prepare(steps)
        self.ledger.write_text(made.new_sha256, "ascii")
        made.commit()

    def books(self) -> dict[Path, bytes]:
        """What a scanner would find: all but hidden files."""
        return {
            path: path.read_bytes()
            for path in (self.folder / "library").iterdir()
            if not path.name.startswith(".")
        }

    def hidden(self) -> list[str]:
        return [
            path.name for path in (self.folder / "library").iterdir() if path.name.startswith(".")
        ]


WAYS = ("replace", "convert", "restore")

"""The run's real calibre with the plugin in it, as a user installs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from shelfhook.cli.calibre_plugin import sources, zipped
from tests.support.books import cbz, pages
from tests.support.calibre import Calibre

NAME = "Shelfhook hook"


class Hooked:
    """Calibre with the plugin; the server is stopped at first, so `calibredb` works by itself."""

    def __init__(self, calibre: Calibre, library: str) -> None:
        self.calibre = calibre
        self.library = library

    @property
    def spool(self) -> Path:
        return self.calibre.config / "plugins" / "shelfhook_hook_spool"

    def waiting(self) -> int:
        """How many events Shelfhook does not have yet."""
        return sum(path.is_file() for path in self.spool.rglob("*.json"))

    def install(self, defaults: Mapping[str, str]) -> None:
        """Install the plugin's zip with these defaults in it."""
        path = self.calibre.folder / "hook.zip"
        path.write_bytes(zipped(sources(), defaults))
        assert f"Plugin added: {NAME}" in self.calibre.run("calibre-customize", "-a", str(path))

    def add(self, *files: Path) -> list[int]:
        """Add books, through the server if it runs; gives their numbers, lowest first."""
        given = [str(file) for file in files]
        said = self.calibre.calibredb("add", "--duplicates", *given, library=self.library)
        (line,) = (line for line in said.splitlines() if line.startswith("Added book ids:"))
        return sorted(int(number) for number in line.partition(":")[2].split(","))

    def forget(self) -> None:
        """Leave calibre as it was; it runs for other tests, too."""
        self.calibre.stop()
        (self.calibre.config / "customize.py.json").unlink(missing_ok=True)
        shutil.rmtree(self.calibre.config / "plugins", ignore_errors=True)


@contextmanager
def hooked(calibre: Calibre, library: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooked]:
    """The plugin, installed without settings in the environment, and gone afterwards."""
    for name in [name for name in os.environ if name.startswith("SHELFHOOK_")]:
        monkeypatch.delenv(name)
    calibre.stop()
    made = Hooked(calibre, library)
    try:
        yield made
    finally:
        made.forget()


def books(folder: Path, count: int, first: int = 1) -> list[Path]:
    """So many small comics: `Salt Lanterns 001.cbz` and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(first, first + count)
    return [cbz(folder / f"Salt Lanterns {n:03}.cbz", pages(1, ".png")) for n in numbers]

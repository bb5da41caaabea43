"""The host of docs/write-a-host.md, as printed, keeps the contract and runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shelfhook.errors import Permanent
from shelfhook.hosts.registry import discover
from tests.hosts.contract import HostContract
from tests.hosts.suite.base import Connect, take
from tests.hosts.tinyshelf import Tinyshelf, TinyshelfShelf

PAGE = (Path(__file__).parents[2] / "docs" / "write-a-host.md").read_text(encoding="utf-8")


def printed(language: str) -> list[str]:
    """The page's code blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def adapter() -> Any:
    """The class of the page."""
    module = types.ModuleType("shelfhook_tinyshelf")
    module.__file__ = str(Path(__file__).parent / "shelfhook_tinyshelf.py")
    exec(compile(printed("python")[0], module.__file__, "exec"), module.__dict__)
    sys.modules.setdefault(module.__name__, module)
    return module.__dict__["Tinyshelf"]


@pytest.fixture(scope="module")
def shelf() -> Iterator[TinyshelfShelf]:
    with Tinyshelf() as server:
        yield TinyshelfShelf(server, adapter())


class TestThePage(HostContract):
    def test_a_book_that_is_not_ready_yet_is_written_all_the_same(
        self, shelf: TinyshelfShelf, connect: Connect
    ) -> None:
        book = take(shelf)
        shelf.server.unready[book] = 2
        connect().write("book", book, {"title": "At last"})
        assert shelf.held("book", book)["title"] == "At last"

    def test_a_book_that_is_never_ready_is_refused_in_the_hosts_words(
        self, shelf: TinyshelfShelf, connect: Connect
    ) -> None:
        book = take(shelf)
        shelf.server.unready[book] = 100
        with pytest.raises(Permanent, match="answered 400: the book is not ready"):
            connect().write("book", book, {"title": "At last"})
        assert shelf.server.unready.pop(book) == 96, "once, and as many retries as the settings say"


def test_it_is_small() -> None:
    assert len([line for line in printed("python")[0].splitlines() if line.strip()]) < 70


def test_its_types_are_right(tmp_path: Path) -> None:
    file = tmp_path / "shelfhook_tinyshelf.py"
    file.write_text(printed("python")[0], encoding="utf-8")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
            *("--config-file", str(root / "pyproject.toml"), str(file)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=root,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_names_every_capability() -> None:
    from tests.hosts.suite.reading import WORDS

    assert {word for word in WORDS if f"`{word}`" not in PAGE} == set()


class Machine:
    """A folder with the page's package, as `pip install` leaves it, and the page's settings."""

    def __init__(self, folder: Path, url: str, code: str) -> None:
        self.site = folder / "site"
        metadata = self.site / "shelfhook_tinyshelf-1.0.dist-info"
        metadata.mkdir(parents=True)
        (self.site / "shelfhook_tinyshelf.py").write_text(code, encoding="utf-8")
        (metadata / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: shelfhook-tinyshelf\nVersion: 1.0\n"
        )
        entry = re.search(r"^tinyshelf = \"(.*)\"", printed("toml")[0], re.MULTILINE)
        assert entry is not None
        entries = f"[shelfhook.hosts]\ntinyshelf = {entry[1]}\n"
        (metadata / "entry_points.txt").write_text(entries)
        self.config = folder / "shelfhook.toml"
        settings = printed("toml")[1].replace("http://localhost:8080/tiny", url)
        self.config.write_text(settings, encoding="utf-8")

    def shelfhook(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.site), *filter(None, [os.environ.get("PYTHONPATH")])])
        return subprocess.run(
            [sys.executable, "-m", "shelfhook", "--config", str(self.config), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": path},
        )


def test_the_package_of_the_page_checks_and_runs(tmp_path: Path) -> None:
    with Tinyshelf(5) as server:
        machine = Machine(tmp_path, server.url, printed("python")[0])
        checked = machine.shelfhook("check")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "1.2" in checked.stdout, checked.stdout
        assert machine.shelfhook("run", "words", "--dry-run").returncode == 0
        assert "shelved" not in server.books["00000001"]["tags"]
        done = machine.shelfhook("run", "words")
        assert done.returncode == 0, done.stdout + done.stderr
        assert {book["tags"] for book in server.books.values()} == {"old, paper, shelved"}


def test_a_broken_package_is_named_and_its_kind_is_unknown(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "http://localhost:1", "raise RuntimeError('out of order')")
    checked = machine.shelfhook("check")
    assert checked.returncode != 0
    assert "tinyshelf" in checked.stdout + checked.stderr


def test_a_class_is_an_entry_point_as_good_as_a_function() -> None:
    assert callable(adapter())
    assert discover([]) == ({}, [])

"""Actions of installed packages: that of the docs works, a broken one is named and left out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer

PAGE = (Path(__file__).parents[2] / "docs" / "write-an-action.md").read_text(encoding="utf-8")
SETTINGS = """
[engine]
quiet_seconds = 0
[hosts.komga]
kind = "komga"
url = "{url}"
api_key = "{key}"
"""


def printed(language: str) -> list[str]:
    """The page's code blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def install(site: Path, name: str, code: str, entry: str) -> None:
    """What `pip install` leaves of a package: its module and its metadata."""
    (site / f"{name}.py").write_text(code, encoding="utf-8")
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[shelfhook.actions]\n{entry}\n")


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(Options(books=3)) as server:
        yield server


class Machine:
    """A folder of installed packages and a settings file."""

    def __init__(self, folder: Path, sandbox: SandboxServer) -> None:
        self.site = folder / "site"
        self.site.mkdir()
        self.config = folder / "shelfhook.toml"
        routine = printed("toml")[1]
        settings = SETTINGS.format(url=sandbox.url, key=sandbox.admin_key)
        self.config.write_text(settings + routine, encoding="utf-8")

    def shelfhook(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.site), *filter(None, [os.environ.get("PYTHONPATH")])])
        command = [sys.executable, "-m", "shelfhook", "--config", str(self.config), *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": path},
        )


def test_the_action_of_the_page_works_as_printed(tmp_path: Path, sandbox: SandboxServer) -> None:
    machine = Machine(tmp_path, sandbox)
    entry = re.search(r'article = "(.*)"', printed("toml")[0])
    assert entry is not None
    install(machine.site, "shelfhook_article", printed("python")[0], f"article = {entry[1]}")
    book = sandbox.books()[0]["id"]
    sandbox.call("PATCH", f"/api/v1/books/{book}/metadata", {"title": "Sandman, The"})

    assert machine.shelfhook("run", "articles", "--dry-run").returncode == 0
    assert sandbox.book(book)["metadata"]["title"] == "Sandman, The"
    done = machine.shelfhook("run", "articles")
    assert done.returncode == 0, done.stderr
    assert sandbox.book(book)["metadata"]["title"] == "The Sandman"


def test_one_that_raises_when_it_is_imported_is_named_and_the_rest_goes_on(
    tmp_path: Path, sandbox: SandboxServer
) -> None:
    machine = Machine(tmp_path, sandbox)
    install(
        machine.site,
        "shelfhook_article",
        printed("python")[0],
        "article = shelfhook_article:Article",
    )
    install(machine.site, "broken", "raise RuntimeError('out of order')", "broken = broken:Broken")
    checked = machine.shelfhook("check")
    assert checked.returncode == 1
    assert "FAIL extension" in checked.stdout
    assert "broken" in checked.stdout
    assert "RuntimeError: out of order" in checked.stdout
    assert machine.shelfhook("run", "articles").returncode == 0

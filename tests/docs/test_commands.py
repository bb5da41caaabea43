"""Every command of every page is run, or named in `elsewhere` with the reason why not."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.sandbox.folder import make
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.cli.conftest import quiet_surroundings  # noqa: F401 - a fixture that the tests here want
from tests.docs import elsewhere
from tests.docs.pages import SHELL, Block, Command, blocks, commands, pages
from tests.docs.reader import Reader
from tests.support.books import pages as drawn
from tests.support.planting import tar

RUN = ("shelfhook", "curl", "export")
"""The programs that a page may call; anything else must be in `elsewhere`."""
LIBRARIES = ("Comics", "Manga")
REQUIRED = "SHELFHOOK_REQUIRE_DOCS"


def typed(block: Block) -> list[Command]:
    """The commands of a block that are run here."""
    if block.language not in SHELL:
        return []
    return [one for one in commands(block) if not elsewhere.reason(block.page, one.text)]


def unknown(page: str) -> list[str]:
    """Commands of a page that call a program of which nobody has said what to do with it."""
    found = [one for block in blocks(page) for one in typed(block)]
    return [f"{one.where}: {one.text}" for one in found if one.text.split()[0] not in RUN]


PLAYED = [page for page in pages() if any(map(typed, blocks(page)))]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader beside a server with two libraries of real files."""
    books = tmp_path / "books"
    for seed, name in enumerate(LIBRARIES, 4):
        make(books / name, books=8, seed=seed)
    (books / "Comics" / "Odd One 001.cbz").write_bytes(tar(drawn(2)))  # for `convert`
    folders = tuple(books / name for name in LIBRARIES)
    with SandboxServer(Options(folders=folders, task_status_s=0.1)) as server:
        server.scan()
        with Reader(tmp_path, server.url, server.admin_key, books) as reader:
            yield reader


@pytest.mark.parametrize("page", PLAYED)
def test_what_a_page_says_can_be_done(page: str, reader: Reader) -> None:
    assert unknown(page) == [], "nothing of the page is run"
    need_curl(page)
    found = blocks(page)
    first = any(one.text.startswith("shelfhook init") for block in found for one in typed(block))
    if not first:
        reader.begin()
        for block in found:
            if block.language == "toml":
                reader.paste(block)
    for block in found:
        if first and block.language == "toml":
            assert reader.paste(block), f"{block}: the settings do not load with it"
        for command in typed(block):
            reader.type(command)


def need_curl(page: str) -> None:
    """Skip a page that calls curl where there is none; fail where that is not allowed."""
    calls = any(one.text.startswith("curl") for block in blocks(page) for one in typed(block))
    if calls and shutil.which("curl") is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{REQUIRED} is set, and there is no curl")
        pytest.skip("curl is not installed")


@pytest.mark.parametrize("page", pages())
def test_every_command_is_run_or_it_is_said_why_not(page: str) -> None:
    assert unknown(page) == [], "run it, or name it in tests/docs/elsewhere.py with the reason"


def test_every_reason_is_still_needed() -> None:
    shell = [block for page in pages() for block in blocks(page) if block.language in SHELL]
    texts = [one.text for block in shell for one in commands(block)]
    idle = [how for how in elsewhere.COVERED if not any(re.match(how, text) for text in texts)]
    assert idle == []
    assert {block.page for block in shell} >= set(elsewhere.COVERED_PAGES)


def test_every_reason_names_a_test_that_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    reasons = [*elsewhere.COVERED_PAGES.values(), *elsewhere.COVERED.values()]
    named = [
        name
        for reason in [*reasons, *elsewhere.SETTINGS.values()]
        for name in re.findall(r"(?:tests|docs)/[\w/.-]*\w", reason)
    ]
    assert named
    assert [name for name in named if not (root / name).exists()] == []

"""Settings, code and documents in the pages are what they say they are."""

from __future__ import annotations

import ast
import configparser
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from shelfhook.app import parts
from tests.docs import elsewhere
from tests.docs.pages import SHELL, Block, blocks, pages
from tests.docs.reader import HOST

ALL = [block for page in pages() for block in blocks(page)]
TOML = [one for one in ALL if one.language == "toml" and one.page not in elsewhere.SETTINGS]
PARSE: dict[str, Callable[[str], object]] = {
    "ini": lambda text: configparser.ConfigParser(strict=False).read_string(text),
    "json": json.loads,
    "python": ast.parse,
    "yaml": yaml.safe_load,
}


@pytest.mark.parametrize("block", ALL, ids=str)
def test_a_block_says_what_it_is(block: Block) -> None:
    assert block.language in {*SHELL, *PARSE, "toml", "text"}, "name the language; `text` is none"


@pytest.mark.parametrize("block", [one for one in ALL if one.language in PARSE], ids=str)
def test_a_document_can_be_read(block: Block) -> None:
    PARSE[block.language](block.text)


@pytest.mark.parametrize("block", TOML, ids=str)
def test_settings_load(block: Block, tmp_path: Path) -> None:
    """With the actions' own checks; a block that names no server gets one."""
    config = tmp_path / "shelfhook.toml"
    host = HOST.format(url="http://komga.local:25600", key="the key")
    named = "\n[hosts.komga]\n" in f"\n{block.text}"
    config.write_text(block.text if named else f"{host}\n{block.text}", encoding="utf-8")
    made = parts.read(config, {})
    assert made.faults == ()
    for routine in made.settings.routines.values():
        assert made.make_actions(routine)


@pytest.mark.parametrize("page", pages())
def test_no_block_is_overlooked(page: str) -> None:
    text = (Path(__file__).resolve().parents[2] / page).read_text(encoding="utf-8")
    fences = sum(line.strip().startswith("```") for line in text.splitlines())
    assert fences == 2 * len(blocks(page))

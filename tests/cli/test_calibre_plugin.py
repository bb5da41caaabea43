"""`shelfhook calibre-plugin`: what lies in the zip, and what must not."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

PARTS = {"__init__.py", "spool.py", "poster.py", "plugin-import-name-shelfhook_hook.txt"}


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_zip_is_what_calibre_wants(tmp_path: Path, terminal: Terminal) -> None:
    output = tmp_path / "hook.zip"
    done = terminal.call("calibre-plugin", "--output", str(output))
    assert done.exit_code == 0
    assert f"calibre-customize -a {output}" in done.stdout
    assert "SHELFHOOK_URL" in done.stdout
    assert done.stderr == ""
    found = content(output)
    assert found.keys() >= PARTS
    assert not [name for name in found if "/" in name or name == "defaults.json"]


def test_the_same_input_makes_the_same_zip_over_an_old_one(
    tmp_path: Path, terminal: Terminal
) -> None:
    for name in ("one.zip", "two.zip", "two.zip"):
        assert terminal.call("calibre-plugin", "--output", str(tmp_path / name)).exit_code == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert len(list(tmp_path.glob("*.zip"))) == 2


def test_what_is_baked_in_is_told_and_only_we_may_read_it(
    tmp_path: Path, terminal: Terminal
) -> None:
    output = tmp_path / "hook.zip"
    token = tmp_path / "token"
    token.write_text("the-token\n")
    given = ["--url", "http://shelf:8790", "--host", "books", "--token-file", str(token)]
    done = terminal.call("calibre-plugin", "--output", str(output), *given)
    assert done.exit_code == 0
    assert "holds a secret in clear" in done.stderr
    assert "the-token" not in done.stdout + done.stderr
    expected = {"url": "http://shelf:8790", "host": "books", "token": "the-token"}
    assert json.loads(content(output)["defaults.json"]) == expected
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--url", "shelf:8790"], "--url: not an http or https URL"),
        (["--url", "http://x:99999"], "--url: not an http or https URL"),
        (["--token-file", "/none"], "--token-file: /none cannot be read"),
        (["--secret-file", "/dev/null"], "--secret-file: /dev/null is empty"),
        (["--output", "/none/hook.zip"], "--output: /none/hook.zip cannot be written"),
    ],
)
def test_wrong_use_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, terminal: Terminal, given: list[str], told: str
) -> None:
    output = ["--output", str(tmp_path / "hook.zip")]
    before = set(tmp_path.iterdir())
    done = terminal.call("calibre-plugin", *output, *given)
    assert done.exit_code == 2
    assert told in done.stderr
    assert set(tmp_path.iterdir()) == before

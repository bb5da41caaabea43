from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.terminal import LIMIT, Terminal, process

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"flask", "granian", "sqlalchemy", "apscheduler", "requests", "PIL", "shelfhook.sandbox"}


def test_version_and_help_need_no_settings(terminal: Terminal) -> None:
    assert terminal.call("--version").stdout == f"shelfhook {version('shelfhook')}\n"
    shown = terminal.call("--help").stdout
    for command in ("init", "check", "serve", "web", "engine", "demo", "run", "jobs", "schema"):
        assert f" {command} " in shown


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, shelfhook.cli.entry; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT, check=True
    )
    assert not HEAVY & set(done.stdout.split())


def test_schema_prints_the_copy_in_the_docs(terminal: Terminal) -> None:
    published = (ROOT / "docs" / "configuration.schema.json").read_text(encoding="utf-8")
    assert json.loads(terminal.call("schema").stdout) == json.loads(published)


def test_schema_prints_the_apis_description(terminal: Terminal) -> None:
    published = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert terminal.call("schema", "--openapi").stdout == published


@pytest.mark.parametrize("arguments", [["serve"], ["web"], ["engine"], ["run", "x"], ["jobs"]])
def test_wrong_settings_are_wrong_use_with_the_key_and_no_traceback(
    tmp_path: Path, arguments: list[str]
) -> None:
    terminal = Terminal.at(tmp_path, "no-url", "key")
    done = terminal.call(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "hosts.komga.url: not an http or https URL; write it like" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_settings_file_that_is_missing_says_how_to_make_one(tmp_path: Path) -> None:
    done = Terminal(tmp_path / "none.toml").call("jobs")
    assert done.exit_code == 2
    assert "run `shelfhook init` to make one" in done.stderr


@pytest.mark.parametrize("arguments", [["--what"], ["dance"], ["run"], ["jobs", "--limit", "x"]])
def test_wrong_use_ends_with_2(terminal: Terminal, arguments: list[str]) -> None:
    assert terminal.call(*arguments).exit_code == 2


def test_the_module_is_the_same_command_line() -> None:
    with process("--version") as asked:
        out, err = asked.communicate(timeout=LIMIT)
    assert (asked.returncode, err) == (0, "")
    assert out.startswith("shelfhook ")

"""The rooms' contracts hold, and they are no decoration: a planted violation breaks them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "plugin"
RUN = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"

VIOLATIONS = [
    ("store/planted.py", "import shelfhook.hosts.client", "Imports point down"),
    ("rules.py", "import shelfhook.ports", "Imports point down"),
    ("runner/planted.py", "import shelfhook.dispatch", "Imports point down"),
    ("newroom.py", "", "Imports point down"),
    ("web/planted.py", "import apscheduler", "Only scheduling knows APScheduler"),
    ("coalesce/planted.py", "import sqlalchemy", "Only the store knows SQL"),
    ("runner/planted.py", "import flask", "Only web knows Flask"),
    ("cli/planted.py", "import requests", "Only hosts make HTTP calls"),
    ("app/planted.py", "import apprise", "Only notify knows Apprise"),
    ("notify/planted.py", "import shelfhook.hosts.client", "Imports point down"),
    ("sandbox/planted.py", "import shelfhook.model", "The sandbox imports nothing"),
    ("app/planted.py", "import shelfhook.sandbox", "Only the demo imports the sandbox"),
    ("rules.py", "import time", "rules, model and errors have no clock"),
]


def lint(packages: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=packages,
        env={**os.environ, "PYTHONPATH": str(packages), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def broken(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if line.rstrip().endswith("BROKEN")]


def test_every_room_imports_only_what_lies_below_it() -> None:
    done = lint(PACKAGES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"), VIOLATIONS, ids=[f"{one[0]}: {one[1]}" for one in VIOLATIONS]
)
def test_a_planted_violation_breaks_its_contract(
    tmp_path: Path, file: str, line: str, contract: str
) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(PACKAGES, tmp_path / "plugin", ignore=ignored)
    planted = tmp_path / "plugin" / "shelfhook" / file
    before = planted.read_text(encoding="utf-8") if planted.exists() else ""
    planted.write_text(f"{before}\n{line}\n", encoding="utf-8")
    done = lint(tmp_path / "plugin")
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(contract in told for told in broken(done)), done.stdout

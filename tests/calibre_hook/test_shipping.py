"""What goes into the wheel is what `shelfhook calibre-plugin` needs, and it fits older Pythons."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import calibre_hook
from shelfhook.cli.calibre_plugin import sources
from tests.support.service import PACKAGES

FOLDER = PACKAGES / "calibre_hook"
OLDEST = (3, 10)
"""Python of calibre 6.0."""
OWN = {"calibre", "qt", "calibre_hook"}


def test_every_file_of_the_plugin_is_shipped_and_zipped() -> None:
    project = tomllib.loads((PACKAGES.parent / "pyproject.toml").read_text(encoding="utf-8"))
    data = project["tool"]["setuptools"]["package-data"]["calibre_hook"]
    shipped = {path.name for pattern in ["*.py", *data] for path in FOLDER.glob(pattern)}
    there = {path.name for path in FOLDER.iterdir() if path.name != "__pycache__"}
    assert shipped == there == sources().keys()


def test_every_file_names_its_licence() -> None:
    for path in FOLDER.glob("*.py"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first == "# SPDX-License-Identifier: GPL-3.0-or-later", path


def test_it_needs_nothing_that_calibres_python_lacks() -> None:
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)
        assert _imported(tree) <= OWN | sys.stdlib_module_names, path


def test_shelfhook_imports_none_of_it() -> None:
    for path in (PACKAGES / "shelfhook").rglob("*.py"):
        assert "calibre_hook" not in _imported(ast.parse(path.read_text(encoding="utf-8"))), path


def test_outside_calibre_it_can_be_imported() -> None:
    assert calibre_hook.ShelfhookHook.__mro__[1:] == (object,)
    assert Path(calibre_hook.__file__).parent == FOLDER


def _imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found

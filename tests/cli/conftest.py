"""A sandbox with books in memory, a settings file for it, and the command line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.cli.terminal import Terminal

BOOKS = 12


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(Options(books=BOOKS)) as server:
        yield server


@pytest.fixture
def terminal(sandbox: SandboxServer, tmp_path: Path) -> Terminal:
    return Terminal.at(tmp_path, sandbox.url, sandbox.admin_key)


@pytest.fixture(autouse=True)
def quiet_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No settings of the machine, and the log's handlers as they were."""
    monkeypatch.delenv("SHELFHOOK_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)

"""A sandbox in a process of its own over 200 real CBZ files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.sandbox.folder import make
from shelfhook.sandbox.process import SandboxProcess
from tests.support.calibre import calibre_session

__all__ = ["calibre_session"]


@pytest.fixture(scope="session")
def made_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("journeys") / "Comics"
    make(folder, books=200, seed=11)
    return folder


@pytest.fixture
def sandbox(made_books: Path, tmp_path: Path) -> Iterator[SandboxProcess]:
    folder = tmp_path / "Comics"
    shutil.copytree(made_books, folder)
    often = ("--task-status", "0.3")  # as jobs wait for what it tells of its tasks
    arguments = ("--folder", folder, "--journal", tmp_path / "journal.jsonl", *often)
    with SandboxProcess(*arguments) as started:
        yield started

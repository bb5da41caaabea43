"""A folder of real books, a sandbox over a copy of it, and a session that calls it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from shelfhook.sandbox.folder import make
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "Comics"
    make(folder, books=120, seed=3)
    return folder


@pytest.fixture
def folder(made_folder: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "Comics"
    shutil.copytree(made_folder, copy)
    return copy


@pytest.fixture
def sandbox(folder: Path) -> Iterator[SandboxServer]:
    with SandboxServer(Options(folders=(folder,))) as server:
        yield server


@pytest.fixture
def small() -> Iterator[SandboxServer]:
    """A sandbox with 120 books in memory: for tests that need no files."""
    with SandboxServer(Options(books=120)) as server:
        yield server


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session

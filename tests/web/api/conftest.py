from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.store import Store
from shelfhook.web.api.document import document
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.api import filled


@pytest.fixture
def full(store: Store, clock: desk.BusyClock) -> Application:
    """An application with something of everything in its store."""
    filled.fill(store, clock)
    return desk.make(store, clock, filled.TOLD)


@pytest.fixture(scope="module")
def shared(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The same for all tests of a module, which leave more and more in it."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(empty_database, folder, dirs_exist_ok=True)
    clock = desk.BusyClock()
    with Store(desk.folder_database(folder)) as opened:
        filled.fill(opened, clock)
        yield desk.make(opened, clock, filled.TOLD)


@pytest.fixture(scope="module")
def described(shared: Application) -> dict[str, object]:
    """The OpenAPI document."""
    return document(shared)

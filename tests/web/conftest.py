from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web import desk


@pytest.fixture
def clock() -> desk.BusyClock:
    return desk.BusyClock()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows; copying it is quicker than making one."""
    folder = tmp_path_factory.mktemp("empty")
    Store(desk.folder_database(folder)).close()
    return folder


@pytest.fixture
def store(tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    shutil.copytree(empty_database, tmp_path, dirs_exist_ok=True)
    with Store(desk.folder_database(tmp_path)) as opened:
        yield opened


@pytest.fixture
def app(store: Store, clock: desk.BusyClock) -> Application:
    return desk.make(store, clock)


@pytest.fixture
def client(app: Application) -> FlaskClient:
    return app.test_client()

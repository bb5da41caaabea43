from __future__ import annotations

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


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(desk.folder_database(tmp_path)) as opened:
        yield opened


@pytest.fixture
def app(store: Store, clock: desk.BusyClock) -> Application:
    return desk.make(store, clock)


@pytest.fixture
def client(app: Application) -> FlaskClient:
    return app.test_client()

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from shelfhook.hosts.komga import KomgaHost
from tests.hosts.komga import build


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def komga() -> Iterator[KomgaHost]:
    host = build.host()
    yield host
    host.close()

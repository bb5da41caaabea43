from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import responses

from shelfhook.clock import SystemClock
from shelfhook.hosts.calibre import CalibreHost, connect
from shelfhook.ports import HostOptions
from tests.hosts.calibre import build
from tests.support.calibre import ADMIN, PASSWORD, Calibre, calibre, calibre_session

__all__ = ["calibre", "calibre_session"]

Connect = Callable[..., CalibreHost]


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def faked() -> Iterator[CalibreHost]:
    """An adapter whose server is what `mocked` answers."""
    host = build.host()
    yield host
    host.close()


@pytest.fixture
def adapter(calibre: Calibre) -> Iterator[Connect]:
    """Makes an adapter of the real server: `adapter(username=…, url=…)`."""
    with ExitStack() as stack:

        def make(**options: Any) -> CalibreHost:
            chosen = {"url": calibre.url, "username": ADMIN, "password": PASSWORD, **options}
            clock = chosen.pop("clock", None) or SystemClock()
            made = connect(HostOptions("mine", "calibre", **chosen), clock, fraction=lambda: 0.01)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def host(adapter: Connect) -> CalibreHost:
    return adapter()

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shelfhook.clock import SystemClock
from shelfhook.hosts.kavita import KavitaHost, connect
from shelfhook.ports import HostOptions
from tests.support.kavita import NEW, OLD, KavitaServer, Version, World
from tests.support.kavita.world import ADMIN_KEY


def serve(version: Version) -> Iterator[KavitaServer]:
    world = World(version)
    library = world.add_library("Comics")
    world.add_series(library, "Saga", issues=3)
    with KavitaServer(world) as server:
        yield server


@pytest.fixture
def old() -> Iterator[KavitaServer]:
    """Kavita 0.8.3, with one library, one series and three chapters, all of the id 1 and up."""
    yield from serve(OLD)


@pytest.fixture
def new() -> Iterator[KavitaServer]:
    """Kavita 0.8.9, likewise."""
    yield from serve(NEW)


def a_host(server: KavitaServer, **options: object) -> KavitaHost:
    given = {"url": server.url, "api_key": ADMIN_KEY, "retries": 0, **options}
    return connect(HostOptions("mine", "kavita", **given), SystemClock())  # type: ignore[arg-type] # of a test


@pytest.fixture
def host(old: KavitaServer) -> Iterator[KavitaHost]:
    found = a_host(old)
    yield found
    found.close()

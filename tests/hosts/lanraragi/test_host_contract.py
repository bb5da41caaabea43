"""The contract suite against a real ComicLib."""

from __future__ import annotations

import pytest

from tests.hosts.contract import HostContract
from tests.hosts.lanraragi.shelf import ComicLibShelf
from tests.support.comiclib import ComicLib


@pytest.fixture(scope="module")
def shelf(comiclib: ComicLib) -> ComicLibShelf:
    return ComicLibShelf(comiclib)


class TestComicLib(HostContract):
    pass

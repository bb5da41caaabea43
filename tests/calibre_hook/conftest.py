"""A spool in a folder of its own, a receiver, and posters that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from calibre_hook.poster import Poster
from calibre_hook.settings import Settings
from calibre_hook.spool import Spool
from tests.calibre_hook.receiver import Receiver
from tests.support.calibre import calibre_session

__all__ = ["calibre_session"]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture
def make_poster(spool: Spool, receiver: Receiver) -> Iterator[Callable[[], Poster]]:
    made: list[Poster] = []

    def make() -> Poster:
        made.append(Poster(spool, lambda: Settings(url=receiver.url), first_pause=0.05))
        return made[-1]

    yield make
    receiver.gate.open()
    for poster in made:
        poster.stop()


@pytest.fixture
def poster(make_poster: Callable[[], Poster]) -> Poster:
    return make_poster()

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from shelfhook.clock import SystemClock
from shelfhook.hosts.lanraragi import Lanraragi, connect
from shelfhook.ports import HostOptions
from tests.support.comiclib import PASSWORD, comiclib

__all__ = ["comiclib"]

Adapter = Callable[..., Lanraragi]


@pytest.fixture
def adapter() -> Iterator[Adapter]:
    """Makes an adapter: `adapter(url, clock=…)`."""
    with ExitStack() as stack:

        def make(url: str, **options: Any) -> Lanraragi:
            clock = options.pop("clock", None) or SystemClock()
            chosen = {"api_key": PASSWORD, **options}
            made = connect(HostOptions("mine", "lanraragi", url=url, **chosen), clock)
            stack.callback(made.close)
            return made

        yield make

"""Whether comicbox is there, which is an extra."""

from __future__ import annotations

import importlib.util
import os

import pytest

REQUIRED = "SHELFHOOK_REQUIRE_COMICBOX"


def need_comicbox() -> None:
    """Skip the test where comicbox is not; an error where the environment asks for it."""
    if importlib.util.find_spec("comicbox") is not None:
        return
    if os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, and comicbox is not installed")
    pytest.skip("comicbox is not installed (the extra `comicbox`)")

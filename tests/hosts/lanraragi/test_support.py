"""The fixture's way to a ComicLib that is not there."""

from __future__ import annotations

import pytest

from tests.support.comiclib import PYTHON, Missing, python_with_comiclib


def test_a_comiclib_that_is_not_there_is_missed_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PYTHON, "/nowhere/bin/python")
    with pytest.raises(Missing, match=r"make \.venv-comiclib/\.ready .*/nowhere/bin/python"):
        python_with_comiclib()

"""`audit` from the command line: what is found, how it is exported, and shown at the host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.library import Books, Json, library, shelve
from tests.support import archives

ROUTINES = """
[routines.audit]
actions = [{ name = "audit", metadata = false, tag = "Broken", read_list = "Needs attention" }]
"""


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    root = tmp_path / "Comics"
    for name in ("Sound", "Faulty"):
        (root / name).mkdir(parents=True)
    archives.sound(root / "Sound", 12)
    planted = archives.faulty(root / "Faulty")
    with library(tmp_path, ROUTINES) as made:
        made.planted = planted
        yield made


def test_what(books: Books) -> None:
    with books.there_and_back("audit") as shown:
        import json
        for s in shown: print(json.dumps(s))
        found = books.findings()
        by = {}
        for f in found: by.setdefault(f["item"], []).append(f["code"])
        for p in books.planted: print(p.path.name, p.code, by.get(p.path.name))
        print({f["item"]: f for f in found if f["item"].startswith("sound")})
        st = {Path(b["url"]).name: b["media"]["status"] for b in books.sandbox.books()}
        print(st)
        print(len(books.sandbox.books()), len(books.planted))
    assert 0

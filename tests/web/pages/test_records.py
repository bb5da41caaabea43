"""What the engine writes beside its work is shown where the store has it."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from shelfhook.model import ItemRef, LedgerItem
from shelfhook.store import Store
from tests.web import desk
from tests.web.pages.conftest import Look

START = 1_700_000_000.0


@dataclass(frozen=True)
class Rows:
    """A room of the store that gives the same rows to whoever asks."""

    rows: list[Any]

    def of(self, job_num: int) -> list[Any]:
        return self.rows

    def page(self, *_: object, **__: object) -> Any:
        return self.rows


class Pages:
    """A ledger that finds by name, and looks at so many items at a time."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def page(self, job_num: int, *, outcome: Any, search: str, after: int, limit: int) -> Any:
        items = [LedgerItem(7, ItemRef("B7", search), None, "", 0, 0.0)] if after >= 5 else []
        return SimpleNamespace(items=items, next=None if items else 5)


def test_speed_and_limit_are_drawn_once_there_are_samples(
    look: Look, store: Store, clock: desk.BusyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = desk.run(store, clock)
    rows = [SimpleNamespace(at=START + n, done=n * 5, failed=0, limit=4) for n in range(9)]
    monkeypatch.setattr(store, "samples", Rows([]), raising=False)
    assert "polyline" not in look(f"/jobs/{job.id}").tags
    monkeypatch.setattr(store, "samples", Rows(rows))
    found = look(f"/jobs/{job.id}")
    assert found.tags.count("polyline") == 2
    assert "Speed, up to 5.0 books/s" in found.text


def test_the_log_is_shown_in_order_with_how_often(
    look: Look, store: Store, clock: desk.BusyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = desk.run(store, clock)
    lines = [
        SimpleNamespace(id=1, at=START, level="info", message="begun <b>", count=1),
        SimpleNamespace(id=2, at=START, level="error", message="failed", count=12),
    ]
    monkeypatch.setattr(store, "job_log", Rows(lines), raising=False)
    assert "info begun <b>" in look(f"/jobs/{job.id}").text
    assert "error failed (12 times)" in look(f"/jobs/{job.id}").text


def test_refused_deliveries_say_why_and_from_where(
    look: Look, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = SimpleNamespace(
        id=1, at=START, host="komga", status=401, reason="token", address="10.0.0.9", count=3
    )
    monkeypatch.setattr(store, "rejections", Rows([one]), raising=False)
    text = look("/inbox").text
    for shown in ("Refused deliveries", "token", "10.0.0.9", "answered 401 · 3 times"):
        assert shown in text


def test_a_hold_says_why_it_lasts(
    look: Look, store: Store, monkeypatch: pytest.MonkeyPatch, clock: desk.BusyClock
) -> None:
    one = SimpleNamespace(
        host="komga",
        library="L1",
        count=2,
        first_at=clock.now(),
        due_at=None,
        latest_at=None,
        reason="the server scans",
    )
    monkeypatch.setattr(store.inbox, "holds", lambda: [one], raising=False)
    assert "Held because: the server scans" in look("/inbox").text


def test_a_search_that_found_nothing_so_far_leads_on(
    look: Look, store: Store, clock: desk.BusyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = desk.run(store, clock)
    monkeypatch.setattr(store, "ledger", Pages(store.ledger))
    found = look(f"/jobs/{job.id}?search=needle")
    assert "No book fits so far" in found.text
    [on] = [link for link in found.links if "after=5" in link]
    assert "search=needle" in on
    assert "needle" in look(on).text

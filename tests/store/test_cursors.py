"""Cursors and the events that they stand for: both are there, or neither."""

from __future__ import annotations

from typing import NoReturn

import pytest

from shelfhook.errors import Permanent
from shelfhook.model import BRIDGED, EventKind, NewEvent
from shelfhook.store import Store, cursors
from tests.support.stores import NOW, count, scan, together


def added(item: str, library: str = "L1", delivery: str = "") -> NewEvent:
    name = delivery or f"{BRIDGED}added/{item}"
    return NewEvent("komga", EventKind.ITEM_ADDED, name, library=library, item=item)


def test_a_cursor_is_kept_by_host_and_library(store: Store) -> None:
    store.cursors.keep("komga", [], {"L1": "a", "L2": "b"}, NOW)
    store.cursors.keep("other", [], {"L1": "c"}, NOW)
    store.cursors.keep("komga", [], {"L1": "d"}, NOW + 1)
    assert store.cursors.cursors("komga") == {"L1": "d", "L2": "b"}
    assert store.cursors.cursors("other") == {"L1": "c"}
    assert store.cursors.cursors("nobody") == {}


def test_events_come_with_it_each_once(store: Store) -> None:
    first = store.cursors.keep("komga", [added("1"), added("2")], {"L1": "a"}, NOW)
    again = store.cursors.keep("komga", [added("2"), added("3")], {"L1": "b"}, NOW)
    assert [one.duplicate for one in first] == [False, False]
    assert [one.duplicate for one in again] == [True, False]
    assert count(store, "events") == 3


def test_neither_is_kept_without_the_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise Permanent("no")

    monkeypatch.setattr(cursors, "pack", refuse)
    with pytest.raises(Permanent):
        store.cursors.keep("komga", [added("1")], {"L1": "a"}, NOW)
    assert (count(store, "events"), count(store, "cursors")) == (0, 0)


def test_several_bridges_at_once(store: Store) -> None:
    def keep(number: int) -> None:
        store.cursors.keep(f"h{number}", [added(f"{number}")], {"L": str(number)}, NOW)

    together(8, keep)
    assert [store.cursors.cursors(f"h{n}") for n in range(8)] == [{"L": str(n)} for n in range(8)]


def test_what_no_database_can_hold_does_not_fail_a_commit(store: Store) -> None:
    store.cursors.keep("komga", [], {"L\0": "a\0", "L\ufffd": "b"}, NOW)
    assert len(store.cursors.cursors("komga")) == 1


def test_what_a_bridge_brought_and_nobody_took_is_found_again(store: Store) -> None:
    changed = NewEvent("komga", EventKind.ITEM_CHANGED, f"{BRIDGED}x/1", library="L2", item="9")
    store.cursors.keep("komga", [added("1"), changed], {}, NOW)
    store.inbox.accept([scan("a webhook", "L3")], NOW)
    assert store.cursors.unfinished("komga") == {
        "L1": {EventKind.ITEM_ADDED},
        "L2": {EventKind.ITEM_CHANGED},
    }
    store.jobs.take_events("komga", "L1", [], NOW)
    assert set(store.cursors.unfinished("komga")) == {"L2"}

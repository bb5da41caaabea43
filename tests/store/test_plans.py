"""Lists are led by an index: no whole table is read, and nothing of size is sorted.

SQLite says so itself (EXPLAIN QUERY PLAN); the tables are empty and without statistics, as in a
database that has never been analysed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, text

from shelfhook.model import ChangeState, JobState, Outcome, Trigger
from shelfhook.store import Store, retention
from shelfhook.store.findings import Wanted
from shelfhook.store.retention import Place
from tests.support.stores import NOW

Look = Callable[[Store], object]
LARGE = ("jobs", "job_items", "changes", "events", "job_events", "findings", "item_states", "fires")
LARGE += ("samples", "job_log")
SCAN = re.compile(rf"SCAN ({'|'.join(LARGE)})\b(?! USING)")
"""A walk along an index, or along the rows in their own order up to a limit, is none."""

LOOKS: dict[str, Look] = {
    "jobs of a state": lambda s: s.jobs.page(states=[JobState.FAILED], before=9),
    "jobs of a routine": lambda s: s.jobs.page(routine="tidy", before=9),
    "jobs of a host": lambda s: s.jobs.page(host="komga", before=9),
    "jobs of a trigger": lambda s: s.jobs.page(trigger=Trigger.SCAN, before=9),
    "a job by its beginning": lambda s: _quietly(lambda: s.jobs.get("0badc0de")),
    "a job's children": lambda s: s.jobs.children("0badc0de"),
    "items": lambda s: s.ledger.page(1, after=9),
    "items of an outcome": lambda s: s.ledger.page(1, after=9, outcome=Outcome.FAILED),
    "items of an outcome without an index": lambda s: s.ledger.page(1, outcome=Outcome.UNCHANGED),
    "items by a text": lambda s: s.ledger.page(1, after=9, search="low"),
    "items by a text and an outcome": lambda s: s.ledger.page(
        1, search="é", outcome=Outcome.CHANGED
    ),
    "changes of items": lambda s: s.ledger.changes_of(1, [1, 2, 3]),
    "whether a job has changes": lambda s: s.ledger.has_changes(1, [ChangeState.PLANNED]),
    "samples": lambda s: s.samples.of(1),
    "a log": lambda s: s.job_log.page(1, after=9),
    "dropped events": lambda s: s.inbox.page(state="dropped", before=9),
    "repeated events": lambda s: s.inbox.page(repeated=True, before=9),
    "jobs of events": lambda s: s.inbox.jobs_of([1, 2, 3]),
    "rejections": lambda s: s.rejections.page(before=9),
    "fires": lambda s: s.schedules.page(before=(NOW, 9)),
    "fires of a schedule": lambda s: s.schedules.page("nightly", before=(NOW, 9)),
    "findings": lambda s: s.findings.page(Wanted(after=9), 50),
    "findings of a job": lambda s: s.findings.page(Wanted(job=1, after=9), 50),
    "findings of an item": lambda s: s.findings.page(Wanted(item_id="a", after=9), 50),
    "findings of an item of a job": lambda s: s.findings.page(Wanted(1, item_id="a"), 50),
    "findings of a code": lambda s: s.findings.page(Wanted(code="archive", after=9), 50),
    "findings of a job of a code": lambda s: s.findings.page(Wanted(1, code="archive"), 50),
    "failing items": lambda s: s.states.failing(3, after=("h", "r", "i")),
}
CLEANING: dict[str, Look] = {
    "changes": lambda s: s.writer.call(retention.trim_changes, 1),
    "items": lambda s: s.writer.call(retention.trim_items, Place(1, 9)),
    "a job": lambda s: s.writer.call(retention.trim_job, 1),
}


def _quietly(look: Callable[[], object]) -> None:
    from shelfhook.errors import Unknown

    with pytest.raises(Unknown):
        look()


@contextmanager
def heard(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Every statement, with its values, that the store says to its database meanwhile."""
    said: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        said.append((statement, values))

    engines = (store._read_engine, store._write_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield said
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)


def plans(store: Store, look: Look) -> list[str]:
    """What SQLite would do for each statement of a look."""
    with heard(store) as said:
        look(store)
    assert said
    with store._read_engine.connect() as connection:
        return [
            str(row[3])
            for statement, values in said
            if statement.lstrip().startswith(("SELECT", "WITH", "DELETE", "UPDATE"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]


@pytest.mark.parametrize("name", LOOKS)
def test_a_list_reads_no_table_as_a_whole(sqlite_store: Store, name: str) -> None:
    told = plans(sqlite_store, LOOKS[name])
    assert [line for line in told if SCAN.search(line)] == []


@pytest.mark.parametrize("name", sorted(set(LOOKS) - {"changes of items"}))
def test_a_list_sorts_nothing(sqlite_store: Store, name: str) -> None:
    told = plans(sqlite_store, LOOKS[name])
    assert [line for line in told if "TEMP B-TREE" in line] == []


@pytest.mark.parametrize("name", CLEANING)
def test_cleaning_goes_along_indexes(sqlite_store: Store, name: str) -> None:
    told = plans(sqlite_store, CLEANING[name])
    assert told
    assert [line for line in told if SCAN.search(line) or "TEMP B-TREE" in line] == []


def test_a_plan_that_reads_a_whole_table_would_be_seen(sqlite_store: Store) -> None:
    def look(store: Store) -> None:
        with store._read_engine.connect() as connection:
            connection.execute(text("SELECT * FROM job_items WHERE name = 'x' ORDER BY name"))
            connection.execute(text("SELECT * FROM jobs ORDER BY reason"))

    told = plans(sqlite_store, look)
    assert any(SCAN.search(line) for line in told)
    assert any("TEMP B-TREE" in line for line in told)


def test_what_an_outcome_has_is_found_by_its_index_and_not_by_walking_the_job(
    sqlite_store: Store,
) -> None:
    for outcome in (Outcome.PLANNED, Outcome.FAILED):
        for search in ("", "low"):
            look = partial(_of_outcome, outcome, search)
            told = plans(sqlite_store, look)
            walks = [line for line in told if "SEARCH" in line and "seq=?" not in line]
            assert all("ix_job_items_notable" in line and "seq>?" in line for line in walks), told
            assert walks


def _of_outcome(outcome: Outcome, search: str, store: Store) -> None:
    store.ledger.page(1, outcome=outcome, search=search, after=9)

"""The counters that are found by looking at the store."""

from __future__ import annotations

from pathlib import Path

from shelfhook.app.tally import Tally
from shelfhook.model import JobState
from tests.support.engines import shelf
from tests.support.hosts import FakeHost


def outcomes(tally: Tally) -> dict[str, int]:
    tally.look()
    return {outcome: count for _, outcome, count in tally.told()["outcomes"]}


def ended(tally: Tally) -> dict[str, int]:
    return {labels[1]: sum(counts) for labels, _, counts in tally.told()["jobs"]["rows"]}


def test_what_was_before_the_begin_does_not_count(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(3)) as desk:
        desk.wait(desk.call())
        tally = Tally(desk.store)
        tally.begin()
        assert (outcomes(tally), ended(tally), tally.told()["events"]) == ({}, {}, [])


def test_each_outcome_event_and_job_counts_once_however_often_one_looks(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(5)) as desk:
        tally = Tally(desk.store)
        tally.begin()
        desk.scanned()
        job = desk.call()
        tally.look()
        assert desk.wait(job).state is JobState.COMPLETED
        tally.look()
        assert outcomes(tally) == {"changed": 5}
        assert ended(tally) == {"completed": 1}
        assert ("fake", "library.scanned", 1) in [tuple(one) for one in tally.told()["events"]]
        desk.wait(desk.call())
        assert outcomes(tally) == {"changed": 5, "unchanged": 5}
        assert ended(tally) == {"completed": 2}


def test_a_job_that_was_under_way_counts_from_where_it_stood(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(4)) as desk:
        desk.engine.stop()
        job = desk.call()
        tally = Tally(desk.store)
        tally.begin()
        desk.restart()
        desk.wait(job)
        assert outcomes(tally) == {"changed": 4}
        assert ended(tally) == {"completed": 1}


def test_a_job_that_is_cleaned_up_meanwhile_is_forgotten(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(2), started=False) as desk:
        desk.call()
        tally = Tally(desk.store)
        tally.begin()
        tally._open[99] = {}
        tally.look()
        assert tally._open.keys() == {1}


def test_the_engine_publishes_its_counts(tmp_path: Path) -> None:
    with shelf(tmp_path, FakeHost(3)) as desk:
        desk.wait(desk.call())
        desk.engine._publish_counts()
        beats = {beat.name: beat for beat in desk.store.status.beats()}
        told = beats["metrics:engine"].detail
        assert told["outcomes"] == [["sweep", "changed", 3]]
        assert [row[0] for row in told["items"]["rows"]] == [["sweep", "changed"]]
        assert told["writer"]["calls"] >= told["writer"]["commits"] > 0
        desk.engine.stop()
        desk.restart()
        desk.engine._publish_counts()
        beats = {beat.name: beat for beat in desk.store.status.beats()}
        assert beats["metrics:engine"].detail["outcomes"] == []

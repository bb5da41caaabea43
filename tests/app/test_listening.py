"""Bridges within an engine: each host for itself, shown with its state, gone with the engine."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shelfhook.app.listening import wanted
from shelfhook.errors import HostDown
from shelfhook.model import JobState, Library
from shelfhook.ports import Sign
from shelfhook.store.status import Beat
from tests.bridges.teller import Teller
from tests.support.engines import Shelf, make_settings, shelf
from tests.support.hosts import FakeHost
from tests.support.waiting import wait_until

EVENTS = {"triggers": {"events": ["library.scanned"]}}
ROUTINES: Mapping[str, Any] = {
    "one": {"host": "first", **EVENTS},
    "two": {"host": "second", **EVENTS},
}


def beats(desk: Shelf) -> dict[str, Beat]:
    return {beat.name: beat for beat in desk.store.status.beats()}


def hosts() -> tuple[Teller, Teller]:
    return Teller(name="first"), Teller(name="second")


def listens(desk: Shelf, host: Teller) -> None:
    """Wait until it listens, and knows what is new from now on."""
    wait_until(lambda: desk.store.cursors.cursors(host.name))


def is_scanned(host: Teller) -> None:
    host.tell(Sign.ADDED, "b1")
    host.tell(Sign.IDLE)
    host.tell(Sign.IDLE)


def test_what_a_host_tells_becomes_a_job(tmp_path: Path) -> None:
    first, second = hosts()
    with shelf(tmp_path, first, second, routines=ROUTINES, listens=True) as desk:
        listens(desk, first)
        is_scanned(first)
        (job,) = wait_until(lambda: desk.store.jobs.page())
        assert (desk.wait(job).state, job.routine) == (JobState.COMPLETED, "one")
        wait_until(lambda: beats(desk)["bridge:first"].detail["events"] == 2)
        told = beats(desk)["bridge:first"]
        assert told.ok
        assert told.detail["source"] == "stream"
        assert told.detail["state"].startswith("listening since ")
        assert beats(desk)["loop:bridge first"].ok


def test_a_host_that_is_down_shows_why_and_when_and_the_other_goes_on(tmp_path: Path) -> None:
    first, second = hosts()
    first.down = True
    away = "first: GET /books answered 503"
    first.refuses.extend(HostDown(away, retry_after=600) for _ in range(3))
    with shelf(tmp_path, first, second, routines=ROUTINES, listens=True) as desk:
        first.breaker = (desk.clock.monotonic() + 30, away)
        listens(desk, second)
        is_scanned(second)
        (job,) = wait_until(lambda: desk.store.jobs.page())
        assert (desk.wait(job).state, job.routine) == (JobState.COMPLETED, "two")
        wait_until(lambda: not beats(desk)["breaker:first"].ok)
        breaker, bridge = beats(desk)["breaker:first"], beats(desk)["bridge:first"]
        assert breaker.detail["reason"] == away
        assert 0 < breaker.detail["retry_at"] - desk.clock.now() <= 30
        assert not bridge.ok
        assert bridge.detail["state"].startswith("reconnects in ")
        assert away in bridge.detail["state"]
        assert beats(desk)["loop:bridge first"].ok, "a host that is down is no failure of ours"
        assert beats(desk)["breaker:second"].ok


def test_the_threads_end_with_the_engine(tmp_path: Path) -> None:
    first, second = hosts()
    with shelf(tmp_path, first, second, routines=ROUTINES, listens=True) as desk:
        listens(desk, first)
        listens(desk, second)
        assert desk.engine.stop()
        names = {one.name for one in threading.enumerate()}
        assert not {"bridge_first", "bridge_second"} & names


def test_an_engine_that_is_not_there_to_stay_does_not_listen(tmp_path: Path) -> None:
    first, second = hosts()
    with shelf(tmp_path, first, second, routines=ROUTINES) as desk:
        wait_until(lambda: "scheduler" in beats(desk))
        assert first.streams == 0
        assert "bridge:first" not in beats(desk)


@pytest.mark.parametrize(
    ("routines", "waits_for"),
    [
        ({"a": EVENTS}, {"l1", "l2"}),
        ({"a": {**EVENTS, "libraries": ["l1"]}}, {"l1"}),
        ({"a": {**EVENTS, "libraries": ["Name of l2"]}}, {"l2"}),
        ({"a": {**EVENTS, "libraries": ["l1"]}, "b": EVENTS}, {"l1", "l2"}),
        ({"a": {"libraries": ["l1"]}}, set()),
        ({"a": {"triggers": {"events": ["item.added"], "enabled": False}}}, set()),
        ({"a": {"host": "other", **EVENTS}}, set()),
    ],
)
def test_a_library_is_wanted_if_a_routine_waits_for_it(
    tmp_path: Path, routines: Mapping[str, Mapping[str, Any]], waits_for: set[str]
) -> None:
    settings = make_settings(tmp_path, ("fake", "other"), routines)
    is_wanted = wanted(settings, "fake")
    libraries = [Library(name, f"Name of {name}") for name in ("l1", "l2")]
    assert {one.id for one in libraries if is_wanted(one)} == waits_for


def test_a_bridge_that_has_nothing_to_do_is_no_loop_that_stands_still(tmp_path: Path) -> None:
    told, silent = Teller(name="first"), FakeHost(1, name="second")
    with shelf(tmp_path, told, silent, listens=True) as desk:
        wait_until(lambda: "bridge:second" in beats(desk))
        names = {name for name in beats(desk) if name.startswith("loop:bridge")}
        assert names == {"loop:bridge first"}

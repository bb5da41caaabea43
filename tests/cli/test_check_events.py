"""The line about a host's events, with a whole fake host that tells what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from shelfhook.bridges import Plan
from shelfhook.cli import check_events as module
from shelfhook.cli.check_events import check_events
from shelfhook.cli.lines import Line
from shelfhook.errors import HostDown, Refused, ShelfhookError
from shelfhook.ports import Sign, Tiding
from shelfhook.store.status import Beat
from tests.support.hosts import FakeHost

NOW = 1_700_000_000.0
STREAM = Plan("stream", asks=True, poll_seconds=300)


class TellingHost(FakeHost):
    """Tells these tidings; then it ends, breaks, or is silent until it is closed."""

    def __init__(self, *tidings: Tiding, error: ShelfhookError | None = None) -> None:
        super().__init__(1, capabilities=frozenset({"events"}))
        self._tidings = tidings
        self._error = error
        self.silent = False
        self.ended = threading.Event()
        self._closing = threading.Event()

    def tidings(self) -> Iterator[Tiding]:
        try:
            yield from self._tidings
            if self._error:
                raise self._error
            if self.silent:
                self._closing.wait(10)
                raise HostDown("fake: Shelfhook has closed its connections")
        finally:
            self.ended.set()

    def close(self) -> None:
        self._closing.set()


def line(host: FakeHost, plan: Plan = STREAM, *beats: Beat) -> Line:
    return check_events("komga", host, plan, beats, NOW)


def test_a_stream_that_opens_is_well_and_is_left_at_once() -> None:
    host = TellingHost(Tiding(Sign.ALIVE), Tiding(Sign.LISTENING), Tiding(Sign.ADDED, "lib", "b"))
    found = line(host)
    assert found.ok
    assert found.message == "its own stream, which opens; no service listens now"
    assert host.ended.is_set()


def test_what_the_stream_does_not_tell_our_account_is_said() -> None:
    found = line(TellingHost(Tiding(Sign.LISTENING, item="scan ends are for administrators")))
    assert found.ok
    assert "scan ends are for administrators" in found.message
    assert found.detail["note"] == "scan ends are for administrators"


@pytest.mark.parametrize(
    ("host", "told"),
    [
        (TellingHost(error=Refused("fake: you may not listen")), "you may not listen"),
        (TellingHost(error=HostDown("fake: no connection")), "no connection"),
        (TellingHost(), "it ended at once"),
    ],
)
def test_a_stream_that_does_not_open_fails_the_line(host: TellingHost, told: str) -> None:
    found = line(host)
    assert not found.ok
    assert told in found.message


def test_a_silent_stream_does_not_hold_the_check_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LISTEN_SECONDS", 0.05)
    host = TellingHost()
    host.silent = True
    found = line(host)
    assert not found.ok
    assert "said nothing for 0.05 s" in found.message


def test_a_host_that_can_only_be_asked_says_how_often() -> None:
    found = line(FakeHost(), Plan("poll", asks=True, poll_seconds=300))
    assert found.ok
    assert found.message.startswith("asked every 5 min what is new")


def test_a_host_that_tells_nothing_points_to_senders() -> None:
    found = line(FakeHost(), Plan("off", note="this host tells nothing by itself"))
    assert found.ok
    assert "this host tells nothing by itself" in found.message
    assert "/hooks/komga" in found.message


def scheduler(age: float = 0.0) -> Beat:
    return Beat("scheduler", NOW - age, 1.0, True, {})


def bridge(*, ok: bool = True, age: float = 0.0) -> Beat:
    detail = {"source": "stream", "state": "listening since noon"}
    return Beat("bridge:komga", NOW - age, 5.0, ok, detail)


def test_a_running_service_knows_best_and_the_host_is_not_troubled() -> None:
    host = TellingHost(error=HostDown("never asked"))
    found = line(host, STREAM, scheduler(), bridge())
    assert (found.ok, found.message) == (
        True,
        "its own stream; listening since noon",
    )
    assert not host.ended.is_set()


def test_a_bridge_in_trouble_fails_the_line() -> None:
    assert not line(TellingHost(), STREAM, scheduler(), bridge(ok=False)).ok


def test_a_bridge_that_has_fallen_silent_fails_the_line() -> None:
    found = line(TellingHost(), STREAM, scheduler(), bridge(age=600))
    assert not found.ok
    assert "for 600 s" in found.message


@pytest.mark.parametrize("beats", [(), (bridge(),), (scheduler(600), bridge())])
def test_without_a_service_the_stream_is_tried(beats: tuple[Beat, ...]) -> None:
    assert "no service" in line(TellingHost(Tiding(Sign.LISTENING)), STREAM, *beats).message

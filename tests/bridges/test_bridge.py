"""The bridge's thread: connects, asks, listens, comes back, and ends when told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shelfhook.bridges import Bridge, Intake, Source, bridge, ear, is_well, plan, words
from shelfhook.bridges.bridge import POLLS_AFTER
from shelfhook.clock import SystemClock
from shelfhook.errors import HostDown, Refused, Transient
from shelfhook.ports import Sign, Tiding
from shelfhook.rules import scans
from shelfhook.rules.scans import Waits
from tests.bridges.teller import Notes, Teller
from tests.support.waiting import wait_until

Make = Callable[..., "Desk"]
PATIENT = Waits(quiet=30, most=300)


class Desk:
    """A host, its notebook and a bridge between them."""

    def __init__(
        self,
        host: Teller,
        wish: str = "auto",
        *,
        minutes: float = 15,
        waits: Waits = PATIENT,
        **more: Any,
    ) -> None:
        self.host = host
        self.notes = Notes()
        self.beats: list[str] = []
        clock = more.pop("clock", None) or SystemClock()
        self.intake = Intake(host.name, self.notes, clock, waits)
        made = plan(wish, host.capabilities, minutes)
        more = {"beat": self.beats.append, "fraction": lambda: 0.0, **more}
        self.bridge = Bridge(host, self.intake, clock, made, **more)

    @property
    def source(self) -> Source:
        return self.bridge.source

    def listens(self, times: int = 1) -> None:
        """Wait until it listens, and has asked what is new."""
        wait_until(lambda: self.source.connections >= times and self.source.since)
        wait_until(lambda: self.notes.places)

    def told(self, *events: tuple[str, str, str]) -> None:
        wait_until(lambda: set(events) <= set(self.notes.told()), what=str(self.notes.told()))

    def close(self) -> None:
        self.bridge.stop()
        self.host.close()
        self.bridge.join()
        mine = f"bridge_{self.host.name}"
        wait_until(lambda: not [t for t in threading.enumerate() if t.name.startswith(mine)])


class Shifted(SystemClock):
    """The wall's clock is wrong by some seconds; the monotonic one never is."""

    by = 0.0

    def now(self) -> float:
        return super().now() + self.by


@pytest.fixture
def shifted() -> Shifted:
    return Shifted()


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(bridge, "LOOK", 0.01)
    monkeypatch.setattr(scans, "FIRST_PAUSE", 0.02)
    made: list[Desk] = []

    def build(host: Teller | None = None, *arguments: Any, **more: Any) -> Desk:
        made.append(Desk(host or Teller(), *arguments, **more))
        made[-1].bridge.start()
        return made[-1]

    yield build
    for desk in made:
        desk.close()


def test_what_the_stream_tells_becomes_events(make: Make) -> None:
    desk = make()
    desk.listens()
    desk.host.tell(Sign.ADDED, "1")
    desk.told(("item.added", "lib", "1"))
    assert desk.source.events == 1
    assert words(desk.source, 0).startswith("listening since ")
    assert is_well(desk.source)


def test_after_each_reconnection_it_asks_what_has_happened_meanwhile(make: Make) -> None:
    desk = make()
    desk.listens()
    for number in range(1, 4):
        desk.host.happen(Sign.ADDED, str(number))
        desk.host.cut(Transient("broken") if number % 2 else None)
        desk.told(("item.added", "lib", str(number)))
    assert desk.source.connections == 4


def test_a_stream_that_is_never_to_be_had_is_replaced_by_polls(make: Make) -> None:
    host = Teller()
    host.refuses.extend(Transient("no stream") for _ in range(POLLS_AFTER + 20))
    desk = make(host, minutes=0.001)
    wait_until(lambda: desk.notes.places)
    host.happen(Sign.ADDED, "1")
    desk.told(("item.added", "lib", "1"))
    assert host.streams == 0
    assert "polls every 0.001 min" in words(desk.source, 0)


def test_a_stream_that_ends_at_once_again_and_again_is_of_no_use(make: Make) -> None:
    class Ends(Teller):
        def tidings(self) -> Iterator[Tiding]:
            self.streams += 1
            yield Tiding(Sign.LISTENING)  # a page of a proxy, say: nothing follows

    desk = make(Ends(), fraction=lambda: 1.0)
    wait_until(lambda: desk.host.streams > POLLS_AFTER)
    desk.told()
    wait_until(lambda: "polls every 15 min" in words(desk.source, 0))
    assert len(desk.host.asked) <= desk.host.streams + 1


def test_polls_go_on_though_the_clock_was_set_back(make: Make, shifted: Shifted) -> None:
    host = Teller()
    host.refuses.extend(Transient("no stream") for _ in range(200))
    desk = make(host, minutes=0.0005, clock=shifted)
    wait_until(lambda: desk.source.polled_at)
    shifted.by = -86_400.0
    asked = len(host.asked)
    wait_until(lambda: len(host.asked) > asked + 2)


def test_a_burst_is_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "MOST", 2)
    host = Teller()
    for number in range(5):
        host.tell(Sign.ADDED, str(number))
    host.cut()
    listening = ear.Ear(host, "bridge_fake_ear")
    listening.start()
    listening.join(5)
    taken = []
    while (batch := listening.take(SystemClock(), 0)) is not None:
        taken.append(len(batch))
    assert taken == [2, 2, 2]


def test_one_that_refuses_us_is_replaced_at_once(make: Make) -> None:
    host = Teller()
    host.refuses.append(Refused("not for you"))
    desk = make(host)
    wait_until(lambda: desk.notes.places)
    desk.listens()


def test_who_wishes_the_stream_alone_gets_no_polls(make: Make) -> None:
    host = Teller()
    host.refuses.extend(Refused("not for you") for _ in range(4))
    desk = make(host, "stream")
    desk.listens()
    assert len(host.asked) == 1


def test_a_host_that_does_not_tell_is_asked_again_and_again(make: Make) -> None:
    host = Teller()
    host.capabilities = frozenset({"news"})
    desk = make(host, minutes=0.0005, waits=Waits(quiet=0.05, most=300))
    wait_until(lambda: desk.notes.places)
    host.happen(Sign.CHANGED, "1")
    desk.told(("item.changed", "lib", "1"), ("library.scanned", "lib", ""))
    assert host.streams == 0


def test_a_host_that_is_down_is_asked_again_after_the_pause_it_asked_for(make: Make) -> None:
    host = Teller()
    host.capabilities = frozenset({"news"})
    host.news_errors.append(HostDown("away; next try in 0.3 s", retry_after=0.3))
    desk = make(host)
    wait_until(lambda: desk.source.trouble)
    assert "away" in words(desk.source, 0)
    assert not is_well(desk.source)
    wait_until(lambda: desk.notes.places)
    wait_until(lambda: is_well(desk.source))


def test_while_it_waits_it_says_why_and_how_long(make: Make) -> None:
    host = Teller()
    host.refuses.append(Transient("the connection broke off", retry_after=600))
    desk = make(host)
    wait_until(lambda: desk.source.again_at)
    assert desk.source.again_at
    shown = words(desk.source, desk.source.again_at - 8)
    assert shown == "reconnects in 8 s: the connection broke off"
    assert not is_well(desk.source)


def test_a_question_that_fails_is_asked_again_while_it_listens(make: Make) -> None:
    host = Teller()
    host.news_errors.extend([Transient("busy"), Transient("busy")])
    desk = make(host)
    desk.listens()
    assert host.streams == 1
    wait_until(lambda: is_well(desk.source))


def test_what_a_host_does_not_tell_us_is_shown_and_silence_ends_the_scan(make: Make) -> None:
    host = Teller()
    host.note = "not an administrator"
    desk = make(host, waits=Waits(quiet=0.05, most=300))
    desk.listens()
    host.tell(Sign.ADDED, "1")
    desk.told(("library.scanned", "lib", ""))
    assert words(desk.source, 0).endswith("; not an administrator")


def test_unknown_messages_are_counted_and_nothing_else_happens(make: Make) -> None:
    desk = make()
    desk.listens()
    desk.host.tell(Sign.UNKNOWN, "NeverHeard")
    desk.host.tell(Sign.ADDED, "1")
    desk.told(("item.added", "lib", "1"))
    assert desk.source.unknown == {"NeverHeard": 1}
    assert desk.host.streams == 1


def test_a_database_that_is_away_costs_time_and_no_event(make: Make) -> None:
    desk = make()
    desk.listens()
    desk.notes.fails = 5
    desk.host.tell(Sign.CHANGED, "1")
    desk.told(("item.changed", "lib", "1"))
    assert desk.host.streams == 1
    wait_until(lambda: is_well(desk.source))


def test_a_bridge_that_fails_says_so_and_begins_anew(make: Make) -> None:
    host = Teller()
    host.refuses.append(RuntimeError("a defect in an adapter"))
    desk = make(host)
    desk.listens()
    assert any("a defect in an adapter" in one for one in desk.beats)
    assert desk.beats[-1] == ""


def test_libraries_that_nobody_waits_for_are_not_asked_about(make: Make) -> None:
    desk = make(Teller("lib", "other"), wanted=lambda library: library.name == "The lib")
    desk.listens()
    desk.host.tell(Sign.ADDED, "1", "other")
    desk.host.tell(Sign.ADDED, "2")
    desk.told(("item.added", "lib", "2"))
    assert len(desk.notes.told()) == 1
    assert {library for library, _ in desk.host.asked} == {"lib"}


def test_a_stream_is_drained_while_the_host_is_slow_to_answer(make: Make) -> None:
    host = Teller()
    asked, go = threading.Event(), threading.Event()
    libraries = host.libraries

    def slow() -> Any:
        asked.set()
        assert go.wait(20)
        return libraries()

    host.libraries = slow  # type: ignore[method-assign]
    desk = make(host)
    assert asked.wait(20)
    for number in range(100):
        host.tell(Sign.CHANGED, str(number))
    wait_until(lambda: host._line.empty())
    go.set()
    wait_until(lambda: len(desk.notes.told()) == 100)


def test_off_starts_no_thread(make: Make) -> None:
    desk = make(None, "off")
    assert words(desk.source, 0) == "off: as the settings say"
    assert is_well(desk.source)
    assert not [t for t in threading.enumerate() if t.name == "bridge_fake"]


@pytest.mark.parametrize(
    ("wish", "can", "kind", "polls"),
    [
        ("auto", {"events", "news"}, "stream", True),
        ("auto", {"events"}, "stream", False),
        ("auto", {"news"}, "poll", True),
        ("auto", set(), "off", False),
        ("stream", {"events", "news"}, "stream", False),
        ("stream", {"news"}, "off", False),
        ("poll", {"events", "news"}, "poll", True),
        ("poll", {"events"}, "off", False),
        ("off", {"events", "news"}, "off", False),
    ],
)
def test_what_is_done_follows_from_the_wish_and_what_the_host_can(
    wish: str, can: set[str], kind: str, polls: bool
) -> None:
    made = plan(wish, can, 2)
    assert (made.kind, made.poll_seconds) == (kind, 120.0 if polls else 0.0)
    assert bool(made.note) == (kind == "off")

"""Ripe events become jobs: not too early, not too late, and none is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shelfhook.bridges import Intake
from shelfhook.coalesce.coalescer import Coalescer, ripe
from shelfhook.coalesce.echoes import ALLOWANCE, ONE_BY_ONE
from shelfhook.errors import HostDown
from shelfhook.model import DERIVED, Event, EventKind, JobState, NewEvent, Outcome, Result
from shelfhook.ports import Sign, Tiding
from shelfhook.rules import UNSETTLED, Patience
from shelfhook.rules.scans import GRACE, Hearing, Waits
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from shelfhook.store.inbox import Waiting, accept_all
from tests.support.clock import FakeClock
from tests.support.engines import make_settings
from tests.support.hosts import FakeHost
from tests.support.stores import NOW, job_in, refs

SCANS: Mapping[str, Any] = {"triggers": {"events": ["library.scanned"]}}
ITEMS: Mapping[str, Any] = {"triggers": {"events": ["item.added", "item.changed"]}}
PATIENCE = Patience(quiet=5, most=60)


class World:
    """A coalescer with its store, its host and a clock that the test moves."""

    def __init__(self, store: Store, folder: Path, routines: Mapping[str, Mapping[str, Any]]):
        self.store = store
        self.clock = FakeClock(NOW)
        self.host = FakeHost({"lib": ["b1", "b2"], "other": []})
        self.routines: Mapping[str, RoutineSettings] = make_settings(
            folder, ("fake", "another"), routines
        ).routines
        self.other_host = FakeHost({"lib": ["b1"]}, name="another")
        hosts = {"fake": self.host, "another": self.other_host}
        self.held: set[tuple[str, str]] = set()
        self.coalescer = Coalescer(
            store, self.routines, hosts, self.clock, PATIENCE, lambda *one: one in self.held
        )
        self._deliveries = 0

    def event(
        self, kind: EventKind = EventKind.LIBRARY_SCANNED, item: str = "", library: str = "lib"
    ) -> NewEvent:
        self._deliveries += 1
        return NewEvent("fake", kind, f"d{self._deliveries}", library=library, item=item)

    def is_concluded(self) -> None:
        """A bridge concludes from changes alone that the library was scanned."""
        event = replace(self.event(), delivery=f"{DERIVED}{self._deliveries}")
        self.store.inbox.accept([event], self.clock.now())

    def comes(
        self, kind: EventKind = EventKind.LIBRARY_SCANNED, item: str = "", library: str = "lib"
    ) -> str:
        [receipt] = self.store.inbox.accept([self.event(kind, item, library)], self.clock.now())
        return receipt.event_id

    def looked_up(self, event_id: str) -> Event:
        found = self.store.inbox.get(event_id)
        assert found is not None
        return found

    def ripen(self) -> list[str]:
        self.clock.advance(PATIENCE.quiet)
        return self.coalescer.tick("fake")

    def leave(self, item: str, title: str, *, command: bool = False) -> None:
        """We write an item, as a job does, and remember how we left it."""
        self.host.write("book", item, {"title": title})
        job = job_in(self.store, JobState.RUNNING, routine=f"writer of {item}")
        self.store.ledger.add(job.num, 0, refs(item))
        mark = UNSETTLED if command else self.host.fingerprint(self.host.item(item))
        result = Result(0, item, Outcome.CHANGED, fingerprint=mark)
        self.store.ledger.record(Batch(job.num, "fake", [result], self.clock.now())).wait()
        self.store.jobs.move(job.num, JobState.COMPLETED, self.clock.now())

    def queued(self) -> int:
        return self.store.jobs.count(JobState.QUEUED)


MakeWorld = Callable[..., World]


@pytest.fixture
def world(sqlite_store: Store, tmp_path: Path) -> MakeWorld:
    def make(**routines: Mapping[str, Any]) -> World:
        return World(sqlite_store, tmp_path, routines or {"sweep": SCANS})

    return make


# -- when --


def test_events_become_a_job_once_it_has_been_quiet(world: MakeWorld) -> None:
    w = world()
    w.comes()
    assert w.coalescer.tick("fake") == []
    w.clock.advance(4.9)
    assert w.coalescer.tick("fake") == []
    w.clock.advance(0.1)
    [job_id] = w.coalescer.tick("fake")
    job = w.store.jobs.get(job_id)
    assert (job.routine, job.host, job.library, str(job.trigger)) == (
        "sweep",
        "fake",
        "lib",
        "scan",
    )
    assert w.coalescer.tick("fake") == []


def test_every_further_event_begins_the_quiet_time_anew(world: MakeWorld) -> None:
    w = world()
    for _ in range(5):
        w.comes()
        w.clock.advance(4)
        assert w.coalescer.tick("fake") == []
    w.clock.advance(1)
    assert len(w.coalescer.tick("fake")) == 1


def test_no_storm_puts_the_job_off_beyond_the_maximum_wait_from_its_first_event(
    world: MakeWorld,
) -> None:
    w = world()
    waited = 0
    w.comes()
    while not w.coalescer.tick("fake"):
        w.clock.advance(2)
        waited += 2
        w.comes()
        assert waited <= 60
    assert waited == 60


def test_a_storm_of_ten_thousand_events_makes_one_job(world: MakeWorld) -> None:
    w = world()
    tickets = [
        w.store.writer.submit(accept_all, ((w.event(),), NOW + number / 1_000))
        for number in range(10_000)
    ]
    for ticket in tickets:
        ticket.wait()
    w.clock.advance(10)
    assert len(w.ripen()) == 1
    assert w.ripen() == []
    assert w.queued() == 1
    assert w.store.inbox.waiting() == []


def test_libraries_ripen_each_by_themselves(world: MakeWorld) -> None:
    w = world()
    w.comes(library="lib")
    w.clock.advance(4)
    w.comes(library="other")
    w.clock.advance(1)
    [first] = w.coalescer.tick("fake")
    assert w.store.jobs.get(first).library == "lib"
    w.clock.advance(4)
    [second] = w.coalescer.tick("fake")
    assert w.store.jobs.get(second).library == "other"


def test_an_event_from_the_future_does_not_wait_until_then(world: MakeWorld) -> None:
    """The clock was set back by an hour after it had come."""
    w = world()
    w.comes()
    w.clock.advance(-3_600)
    assert len(w.coalescer.tick("fake")) == 1


def test_an_event_that_comes_while_the_tick_looks_is_not_one_from_the_future(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = world()
    look = w.store.inbox.waiting

    def waiting() -> list[Waiting]:
        w.clock.advance(0.01)
        w.comes()
        return look()

    monkeypatch.setattr(w.store.inbox, "waiting", waiting)
    assert w.coalescer.tick("fake") == []


@pytest.mark.parametrize(
    ("first", "last", "is_ripe"),
    [
        (0, 0, True),
        (-5, -5, True),
        (-4, -4, False),
        (-60, 0, True),
        (-60, 3_600, True),
        (-59, 3_600, False),
        (5, 5, False),
        (5.1, 5.1, True),
        (3_600, 7_200, True),
    ],
)
def test_events_are_ripe_when_it_is_quiet_or_long_ago_or_the_clock_went_back(
    first: float, last: float, is_ripe: bool
) -> None:
    """The clocks of two machines may differ by less than the quiet time."""
    patience = Patience(quiet=0 if first == 0 else 5, most=60)
    group = Waiting("fake", "lib", NOW + first, NOW + last, 1, 1)
    assert ripe(group, NOW, patience) is is_ripe


# -- whose turn --


def test_a_tick_handles_the_events_of_its_host_alone(world: MakeWorld) -> None:
    w = world(sweep=SCANS, another={**SCANS, "host": "another"})
    w.comes()
    w.store.inbox.accept(
        [NewEvent("another", EventKind.LIBRARY_SCANNED, "d", library="lib")], w.clock.now()
    )
    [first] = w.ripen()
    [second] = w.coalescer.tick("another")
    assert [w.store.jobs.get(job).host for job in (first, second)] == ["fake", "another"]


def test_events_of_a_host_that_is_not_there_any_more_are_dropped(world: MakeWorld) -> None:
    w = world()
    stray = NewEvent("sold", EventKind.LIBRARY_SCANNED, "d", library="lib")
    [receipt] = w.store.inbox.accept([stray], w.clock.now())
    ours = w.comes()
    w.clock.advance(5)
    assert w.coalescer.strays() == []
    assert w.looked_up(receipt.event_id).state == "dropped"
    assert w.looked_up(ours).state == "waiting"


# -- while a job waits or runs --


def test_a_job_that_waits_takes_in_what_comes_later(world: MakeWorld) -> None:
    w = world()
    w.comes()
    first = w.ripen()
    w.comes()
    assert w.ripen() == first
    assert w.queued() == 1


def test_an_event_during_the_job_makes_exactly_one_more(world: MakeWorld) -> None:
    w = world()
    w.comes()
    [first] = w.ripen()
    running = w.store.jobs.claim(w.clock.now())
    assert running is not None
    later = set()
    for _ in range(4):
        w.comes()
        later |= set(w.ripen())
        assert w.queued() == 1  # at most one waits
    assert len(later) == 1
    assert first not in later
    assert w.store.jobs.claim(w.clock.now()) is None  # not beside the first
    w.store.jobs.move(running.num, JobState.COMPLETED, w.clock.now())
    second = w.store.jobs.claim(w.clock.now())
    assert second is not None
    assert later == {second.id}
    assert w.ripen() == []


def test_an_event_between_the_look_and_the_hand_over_is_not_lost(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Item events that nobody listens to are being dropped when a scan comes in."""
    w = world(sweep=SCANS)
    dropped = w.comes(EventKind.ITEM_CHANGED, "b1")
    w.clock.advance(5)
    late: list[str] = []
    kinds = w.store.inbox.kinds

    def then_a_scan_comes(host: str, library: str) -> set[EventKind]:
        found = kinds(host, library)
        late.append(w.comes())
        return found

    monkeypatch.setattr(w.store.inbox, "kinds", then_a_scan_comes)
    assert w.coalescer.tick("fake") == []
    monkeypatch.undo()
    assert w.looked_up(dropped).state == "dropped"
    assert w.looked_up(late[0]).state == "waiting"
    assert len(w.ripen()) == 1


# -- echoes --


def test_an_echo_of_our_own_write_is_dropped_with_a_note_and_makes_no_job(
    world: MakeWorld,
) -> None:
    w = world(sweep=ITEMS)
    w.leave("b1", "as we left it")
    echo = w.comes(EventKind.ITEM_CHANGED, "b1")
    again = w.comes(EventKind.ITEM_CHANGED, "b1")
    assert w.ripen() == []
    assert (w.looked_up(echo).state, w.looked_up(echo).note) == (
        "dropped",
        "an echo of our own write",
    )
    assert w.looked_up(again).state == "dropped"
    assert w.store.inbox.waiting() == []
    assert w.host.read["b1"] == 2  # once when it was left, once for both events


def test_an_item_that_was_changed_since_we_left_it_makes_a_job(world: MakeWorld) -> None:
    w = world(sweep=ITEMS)
    w.leave("b1", "as we left it")
    w.leave("b2", "as we left it")
    w.host.write("book", "b2", {"title": "as somebody else wants it"})
    echo = w.comes(EventKind.ITEM_CHANGED, "b1")
    real = w.comes(EventKind.ITEM_CHANGED, "b2")
    assert len(w.ripen()) == 1
    assert (w.looked_up(echo).state, w.looked_up(real).state) == ("dropped", "taken")


def test_what_a_command_does_at_the_host_is_an_echo_and_what_comes_later_is_not(
    world: MakeWorld,
) -> None:
    w = world(sweep=ITEMS)
    w.leave("b1", "before the command", command=True)
    w.host.write("book", "b1", {"title": "as the host read it from the file"})
    w.comes(EventKind.ITEM_CHANGED, "b1")
    assert w.ripen() == []
    w.clock.advance(600)
    w.comes(EventKind.ITEM_CHANGED, "b1")  # late, but nothing has changed since
    assert w.ripen() == []
    w.host.write("book", "b1", {"title": "by hand"})
    w.comes(EventKind.ITEM_CHANGED, "b1")
    assert len(w.ripen()) == 1


def test_an_item_that_we_never_changed_makes_a_job_without_asking_the_host(
    world: MakeWorld,
) -> None:
    w = world(sweep=ITEMS)
    w.comes(EventKind.ITEM_CHANGED, "b1")
    assert len(w.ripen()) == 1
    assert not w.host.read


@pytest.mark.parametrize("error", [HostDown("away"), KeyError("a bug in an extension")], ids=repr)
def test_what_the_host_cannot_tell_is_no_echo(world: MakeWorld, error: Exception) -> None:
    w = world(sweep=ITEMS)
    w.leave("b1", "as we left it")
    w.host.fail_read("b1", error)
    w.comes(EventKind.ITEM_CHANGED, "b1")
    assert len(w.ripen()) == 1


def test_what_a_slow_host_cannot_tell_within_the_allowance_is_no_echo(world: MakeWorld) -> None:
    w = world(sweep=ITEMS)
    books = [f"s{number}" for number in range(6)]
    for book in books:
        w.host.books[book] = {"title": "", "number": "1"}
        w.leave(book, "as we left it")
    w.host.read.clear()
    w.host.on_read = lambda _book: w.clock.advance(ALLOWANCE / 4)
    events = [w.comes(EventKind.ITEM_CHANGED, book) for book in books]
    assert len(w.ripen()) == 1
    assert w.host.read == dict.fromkeys(books[:4], 1)
    states = [w.looked_up(event).state for event in events]
    assert states == ["dropped"] * 4 + ["taken"] * 2


def test_other_libraries_of_a_slow_host_have_their_turn_at_the_next_tick(world: MakeWorld) -> None:
    """So that the tick shows its sign of life in between."""
    w = world(sweep=ITEMS)
    for book in ("b1", "b2"):
        w.leave(book, "as we left it")
    w.host.on_read = lambda _book: w.clock.advance(ALLOWANCE)
    events = [
        w.comes(EventKind.ITEM_CHANGED, "b1", library="lib"),
        w.comes(EventKind.ITEM_CHANGED, "b2", library="other"),
    ]
    w.ripen()
    assert sorted(w.looked_up(event).state for event in events) == ["dropped", "waiting"]
    w.coalescer.tick("fake")
    assert [w.looked_up(event).state for event in events] == ["dropped", "dropped"]


def test_events_that_wait_for_names_are_not_checked_for_echoes_again_and_again(
    world: MakeWorld,
) -> None:
    w = world(sweep={**ITEMS, "libraries": ("The lib",)})
    w.leave("b1", "as we left it")
    w.host.read.clear()
    w.comes(EventKind.ITEM_CHANGED, "b1")
    w.ripen()
    w.ripen()
    assert not w.host.read
    w.coalescer.know_libraries("fake", {"lib": "The lib"})
    w.ripen()
    assert w.store.inbox.waiting() == []
    assert w.host.read["b1"] == 1


def test_a_new_item_is_no_echo_whatever_we_left(world: MakeWorld) -> None:
    w = world(sweep=ITEMS)
    w.leave("b1", "as we left it")
    w.comes(EventKind.ITEM_ADDED, "b1")
    assert len(w.ripen()) == 1


def test_an_echo_beside_a_new_item_is_dropped_and_the_new_one_makes_a_job(
    world: MakeWorld,
) -> None:
    w = world(sweep={"triggers": {"events": ["item.added"]}})
    w.leave("b1", "as we left it")
    echo = w.comes(EventKind.ITEM_CHANGED, "b1")
    new = w.comes(EventKind.ITEM_ADDED, "b2")
    assert len(w.ripen()) == 1
    assert (w.looked_up(echo).state, w.looked_up(new).state) == ("dropped", "taken")


def test_a_scan_asks_for_no_echoes(world: MakeWorld) -> None:
    w = world(sweep=ITEMS, all=SCANS)
    w.leave("b1", "as we left it")
    read = w.host.read["b1"]
    w.comes(EventKind.ITEM_CHANGED, "b1")
    w.comes()
    assert len(w.ripen()) == 2
    assert w.host.read["b1"] == read


def many(w: World) -> list[str]:
    """More items than are asked for one by one, all of them as we left them."""
    books = [f"m{number}" for number in range(ONE_BY_ONE + 1)]
    w.host.shelves["lib"] = books
    for book in books:
        w.host.books[book] = {"title": "", "number": "1"}
        w.leave(book, "as we left it")
    w.host.read.clear()
    return books


def test_the_echoes_of_a_large_job_are_recognised_by_listing(world: MakeWorld) -> None:
    w = world(sweep=ITEMS)
    events = [w.comes(EventKind.ITEM_CHANGED, book) for book in many(w) * 2]
    assert w.ripen() == []
    assert {w.looked_up(event).state for event in events} == {"dropped"}
    assert not w.host.read


def test_one_that_somebody_changed_among_the_echoes_of_a_large_job_makes_a_job(
    world: MakeWorld,
) -> None:
    w = world(sweep=ITEMS)
    books = many(w)
    w.host.write("book", books[70], {"title": "by hand"})
    events = [w.comes(EventKind.ITEM_CHANGED, book) for book in books]
    assert len(w.ripen()) == 1
    assert w.looked_up(events[70]).state == "taken"


def test_a_kind_that_comes_after_many_others_is_heard(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the number that is checked for echoes, too, every kind counts."""
    monkeypatch.setattr("shelfhook.coalesce.echoes.MOST", 3)
    w = world(sweep={"triggers": {"events": ["item.removed"]}})
    for number in range(6):
        w.comes(EventKind.ITEM_CHANGED, f"b{number}")
    w.comes(EventKind.ITEM_REMOVED, "b99")
    assert len(w.ripen()) == 1


# -- who listens --


def test_events_that_no_routine_listens_to_are_dropped_with_the_reason(world: MakeWorld) -> None:
    w = world(sweep=ITEMS)
    event = w.comes()
    assert w.ripen() == []
    assert (w.looked_up(event).state, w.looked_up(event).note) == (
        "dropped",
        "no routine listens to it",
    )


def test_two_routines_get_a_job_each(world: MakeWorld) -> None:
    w = world(first={**SCANS, "priority": 5}, second={**SCANS, "dry_run": True}, third=ITEMS)
    w.comes()
    jobs = [w.store.jobs.get(job_id) for job_id in w.ripen()]
    assert {job.routine: (job.priority, job.dry_run) for job in jobs} == {
        "first": (5, False),
        "second": (0, True),
    }


def test_a_disabled_trigger_does_not_listen(world: MakeWorld) -> None:
    w = world(sweep={"triggers": {"events": ["library.scanned"], "enabled": False}})
    w.comes()
    assert w.ripen() == []
    assert w.store.inbox.waiting() == []


@pytest.mark.parametrize(
    ("libraries", "made"),
    [((), 1), (("lib",), 1), (("The lib",), 1), (("other", "lib"), 1), (("other",), 0)],
)
def test_a_routine_names_its_libraries_by_id_or_by_name(
    world: MakeWorld, libraries: tuple[str, ...], made: int
) -> None:
    w = world(sweep={**SCANS, "libraries": libraries})
    w.coalescer.know_libraries("fake", {"lib": "The lib", "other": "The other"})
    w.comes()
    assert len(w.ripen()) == made
    assert w.store.inbox.waiting() == []


def test_an_event_waits_until_the_names_of_the_libraries_are_known(world: MakeWorld) -> None:
    """After a start, or while the host is down, nobody knows yet which library has this name."""
    w = world(sweep={**SCANS, "libraries": ("The lib",)})
    w.comes()
    assert w.ripen() == []
    assert w.ripen() == []
    w.coalescer.know_libraries("fake", {"lib": "The lib"})
    assert len(w.coalescer.tick("fake")) == 1


def test_an_event_of_a_library_that_the_host_does_not_have_is_dropped_in_the_end(
    world: MakeWorld,
) -> None:
    w = world(sweep={**SCANS, "libraries": ("The lib",)})
    w.coalescer.know_libraries("fake", {"lib": "The lib"})
    w.clock.advance(1)
    event = w.comes(library="brand new")
    assert w.ripen() == []
    assert w.looked_up(event).state == "waiting"  # it may be newer than what we know
    w.coalescer.know_libraries("fake", {"lib": "The lib"})
    assert w.coalescer.tick("fake") == []
    assert w.looked_up(event).state == "dropped"


def test_a_library_that_was_named_before_its_name_was_known_makes_one_job(
    world: MakeWorld,
) -> None:
    w = world(sweep={**SCANS, "libraries": ("lib",)})
    events = [w.comes(library="The lib"), w.comes(library="lib")]
    w.clock.advance(1)
    w.coalescer.know_libraries("fake", {"lib": "The lib"})
    [job] = w.ripen()
    assert w.store.jobs.get(job).library == "lib"
    assert w.queued() == 1
    assert [w.looked_up(event).state for event in events] == ["taken", "taken"]


def test_a_name_that_two_libraries_have_stays_as_it_is(world: MakeWorld) -> None:
    w = world()
    w.coalescer.know_libraries("fake", {"lib": "Twin", "other": "Twin"})
    w.comes(library="Twin")
    [job] = w.ripen()
    assert w.store.jobs.get(job).library == "Twin"


def test_an_id_wins_over_the_name_of_another_library(world: MakeWorld) -> None:
    w = world()
    w.coalescer.know_libraries("fake", {"lib": "other", "other": "The other"})
    w.comes(library="other")
    [job] = w.ripen()
    assert w.store.jobs.get(job).library == "other"


def test_an_event_from_the_future_does_not_wait_for_names_until_then(world: MakeWorld) -> None:
    w = world(sweep={**SCANS, "libraries": ("The lib",)})
    event = w.comes(library="brand new")
    w.clock.advance(-3_600)
    assert w.coalescer.tick("fake") == []
    assert w.looked_up(event).state == "waiting"
    w.coalescer.know_libraries("fake", {"lib": "The lib"})
    assert w.coalescer.tick("fake") == []
    assert w.looked_up(event).state == "dropped"


def test_a_library_named_by_its_id_needs_no_name(world: MakeWorld) -> None:
    w = world(sweep={**SCANS, "libraries": ("lib",)})
    w.comes()
    assert len(w.ripen()) == 1


def test_an_event_that_nobody_wants_by_any_name_does_not_wait_for_names(world: MakeWorld) -> None:
    w = world(sweep={**ITEMS, "libraries": ("The lib",)})
    event = w.comes()
    w.ripen()
    assert w.looked_up(event).state == "dropped"


# -- what bridges bring --


def test_events_are_held_while_a_bridge_says_that_their_library_is_being_scanned(
    world: MakeWorld,
) -> None:
    w = world()
    w.coalescer.know_libraries("fake", {"lib": "The lib"})
    w.comes()
    w.comes(library="The lib")
    w.comes(library="other")
    w.held.add(("fake", "lib"))
    [other] = w.ripen()
    assert w.store.jobs.get(other).library == "other"
    w.clock.advance(PATIENCE.most)
    assert w.coalescer.tick("fake") == []
    w.held.clear()
    assert len(set(w.coalescer.tick("fake"))) == 1


def test_nothing_is_held_beyond_the_longest_wait_whatever_a_bridge_says(world: MakeWorld) -> None:
    w = world()
    w.comes()
    w.held.add(("fake", "lib"))
    w.clock.advance(PATIENCE.most + GRACE - 1)
    w.comes()
    assert w.coalescer.tick("fake") == []
    w.clock.advance(1)
    assert len(w.coalescer.tick("fake")) == 1


def test_a_library_in_which_something_happens_without_a_pause_gets_its_jobs(
    world: MakeWorld,
) -> None:
    w = world(sweep=ITEMS)
    waits = Waits(quiet=3 * PATIENCE.quiet, most=PATIENCE.most)
    intake = Intake("fake", w.store.cursors, w.clock, waits)
    intake.begin()
    intake.listen(Hearing.TICKS)
    w.coalescer = Coalescer(
        w.store, w.routines, {"fake": w.host}, w.clock, PATIENCE, lambda _, lib: intake.holds(lib)
    )
    jobs: list[str] = []
    for number in range(int(3 * PATIENCE.most)):
        intake.settle(None)  # tells of an end; and the next tiding was heard meanwhile
        intake.hear([Tiding(Sign.ADDED, "lib", str(number)), Tiding(Sign.BUSY)])
        jobs += w.coalescer.tick("fake")
        w.clock.advance(1)
    assert jobs


def test_a_scan_concluded_from_echoes_alone_is_an_echo_too(world: MakeWorld) -> None:
    w = world(sweep=SCANS, items=ITEMS)
    w.leave("b1", "ours")
    w.comes(EventKind.ITEM_CHANGED, "b1")
    w.is_concluded()
    assert w.ripen() == []
    assert w.queued() == 0
    dropped = [one.note for one in w.store.inbox.page() if one.state == "dropped"]
    assert dropped == ["an echo of our own write"] * 2


def test_a_scan_that_is_certain_is_never_taken_for_an_echo(world: MakeWorld) -> None:
    w = world(sweep=SCANS, items=ITEMS)
    w.leave("b1", "ours")
    w.comes(EventKind.ITEM_CHANGED, "b1")
    w.is_concluded()
    w.clock.advance(PATIENCE.quiet)

    def on_read(book: str) -> None:  # while the host is asked, a webhook's scan is committed late
        late = NewEvent("fake", EventKind.LIBRARY_SCANNED, "late", library="lib")
        w.store.inbox.accept([late], w.clock.now() - PATIENCE.quiet)

    w.host.on_read = on_read
    assert w.coalescer.tick("fake") == []
    w.host.on_read = None
    assert len(w.ripen()) == 1


def test_one_concluded_from_a_real_change_is_a_scan(world: MakeWorld) -> None:
    w = world()
    w.leave("b1", "ours")
    w.host.write("book", "b2", {"title": "somebody's"})
    w.comes(EventKind.ITEM_CHANGED, "b1")
    w.comes(EventKind.ITEM_CHANGED, "b2")
    w.is_concluded()
    assert len(w.ripen()) == 1


@pytest.mark.parametrize("kind", [EventKind.ITEM_ADDED, EventKind.LIBRARY_SCANNED])
def test_so_is_one_beside_what_is_never_an_echo(world: MakeWorld, kind: EventKind) -> None:
    w = world()
    w.leave("b1", "ours")
    w.comes(EventKind.ITEM_CHANGED, "b1")
    w.comes(kind, "b2" if kind is EventKind.ITEM_ADDED else "")
    w.is_concluded()
    assert len(w.ripen()) == 1


def test_one_whose_changes_a_job_has_taken_before_is_a_scan(world: MakeWorld) -> None:
    w = world()
    w.is_concluded()
    assert len(w.ripen()) == 1


def test_what_is_held_beyond_its_time_is_told_with_the_reason_until_it_goes(
    world: MakeWorld,
) -> None:
    w = world()
    w.comes()
    w.held.add(("fake", "lib"))
    assert w.ripen() == []
    told = w.coalescer.holding()
    assert told["reasons"] == {"fake": {"lib": "the library is perhaps still being scanned"}}
    assert (told["quiet"], told["most"]) == (PATIENCE.quiet, PATIENCE.most)
    w.held.clear()
    assert len(w.coalescer.tick("fake")) == 1
    assert w.coalescer.holding()["reasons"] == {}

"""What is told becomes events: each once, none lost, and the end of a scan when it has come."""

from __future__ import annotations

import pytest

from shelfhook.bridges.intake import MOST_CHANGES, MOST_NAMES, MOST_NEWS, OTHERS, Intake
from shelfhook.errors import Permanent, StoreUnavailable, Transient
from shelfhook.model import BRIDGED, DERIVED
from shelfhook.ports import Sign, Tiding
from shelfhook.rules.scans import Hearing, Waits
from tests.bridges.teller import Notes, Teller
from tests.support.clock import FakeClock

WAITS = Waits(quiet=30, most=300)
ADDED, CHANGED, REMOVED = "item.added", "item.changed", "item.removed"
SCANNED = ("library.scanned", "lib", "")


class World:
    """An intake that listens to a host, over a notebook that outlives it."""

    def __init__(self) -> None:
        self.host = Teller("lib", "other")
        self.notes = Notes()
        self.clock = FakeClock()
        self.intake = self.begin()

    def begin(self) -> Intake:
        """A new run over the same notebook."""
        self.intake = Intake("fake", self.notes, self.clock, WAITS)
        self.intake.begin()
        self.intake.listen(Hearing.TICKS)
        return self.intake

    def hears(self, *told: tuple[Sign, str], library: str = "lib") -> None:
        """The stream tells of what happens."""
        for sign, item in told:
            self.host.happen(sign, item, library)
        self.intake.hear([Tiding(sign, library, item) for sign, item in told])
        self.intake.flush()

    def ticks(self, *busy: bool) -> None:
        for one in busy:
            self.clock.advance(10)
            self.intake.hear([Tiding(Sign.BUSY if one else Sign.IDLE)])
            self.intake.settle(self.host)

    def reconciles(self) -> None:
        self.intake.reconcile(self.host, ["lib", "other"])


@pytest.fixture
def world() -> World:
    made = World()
    made.reconciles()
    return made


def test_the_first_question_makes_no_event_of_what_is_there(world: World) -> None:
    assert world.notes.told() == []
    assert set(world.notes.places) == {"lib", "other"}


def test_what_happened_while_nobody_listened_is_told_with_the_cursor(world: World) -> None:
    for sign in (Sign.ADDED, Sign.CHANGED, Sign.REMOVED):
        world.host.happen(sign, f"the {sign}")
    world.begin().reconcile(world.host, ["lib"])
    assert [kind for kind, _, _ in world.notes.told()] == [ADDED, CHANGED, REMOVED]
    assert world.notes.places["lib"] == "3"
    world.reconciles()
    assert len(world.notes.told()) == 3


def test_a_scan_is_one_event_at_its_end_and_its_items_are_held_until_then(world: World) -> None:
    world.hears((Sign.ADDED, "1"), (Sign.ADDED, "2"))
    world.ticks(True, False)
    assert world.intake.holds("lib")
    assert not world.intake.holds("other")
    world.ticks(False)
    assert world.notes.told() == [(ADDED, "lib", "1"), (ADDED, "lib", "2"), SCANNED]
    assert not world.intake.holds("lib")
    assert world.notes.places["lib"] == "2"
    assert not world.notes.order[-1].delivery.startswith(DERIVED)


def test_a_scan_concluded_from_changes_alone_says_so(world: World) -> None:
    world.hears((Sign.CHANGED, "1"))
    world.ticks(False, False)
    assert world.notes.told() == [(CHANGED, "lib", "1"), SCANNED]
    assert world.notes.order[-1].delivery.startswith(DERIVED)
    assert world.notes.order[-1].delivery.startswith(BRIDGED)


def test_an_end_that_is_told_in_one_breath_with_the_items_is_heard(world: World) -> None:
    told = [Tiding(Sign.ADDED, "lib", "1"), Tiding(Sign.IDLE), Tiding(Sign.IDLE)]
    world.host.happen(Sign.ADDED, "1")
    world.intake.hear(told)
    assert world.intake.holds("lib"), "also before it is committed"
    world.intake.settle(world.host)
    assert world.notes.told() == [(ADDED, "lib", "1"), SCANNED]


def test_an_item_is_told_once_in_a_scan_and_again_in_the_next(world: World) -> None:
    world.hears((Sign.CHANGED, "1"), (Sign.CHANGED, "1"), (Sign.ADDED, "2"), (Sign.CHANGED, "2"))
    assert world.notes.told() == [(CHANGED, "lib", "1"), (ADDED, "lib", "2")]
    world.ticks(False, False)
    world.hears((Sign.CHANGED, "1"), (Sign.CHANGED, "2"))
    assert world.notes.told()[-2:] == [(CHANGED, "lib", "1"), (CHANGED, "lib", "2")]


def test_that_it_came_counts_though_its_change_was_told_first(world: World) -> None:
    world.hears((Sign.CHANGED, "1"), (Sign.ADDED, "1"))
    assert (ADDED, "lib", "1") in world.notes.told()


@pytest.mark.parametrize("crash", [False, True])
def test_what_stream_and_listing_both_tell_is_one_event(world: World, crash: bool) -> None:
    world.hears((Sign.ADDED, "1"))
    if crash:
        world.notes.take()  # a job has it; only the cursor is older
        world.begin()
    world.reconciles()
    assert world.notes.told() == ([] if crash else [(ADDED, "lib", "1")])
    assert not (crash and world.intake.holds("lib"))


def test_nor_is_it_two_if_the_listing_was_first(world: World) -> None:
    world.host.happen(Sign.ADDED, "1")
    world.reconciles()
    world.intake.hear([Tiding(Sign.ADDED, "lib", "1"), Tiding(Sign.CHANGED, "lib", "1")])
    world.intake.flush()
    assert world.notes.told() == [(ADDED, "lib", "1")]


def test_what_went_and_came_again_is_told_again(world: World) -> None:
    world.host.happen(Sign.ADDED, "1")
    world.reconciles()
    world.hears((Sign.REMOVED, "1"), (Sign.ADDED, "1"))
    assert [kind for kind, _, _ in world.notes.told()] == [ADDED, REMOVED, ADDED]


def test_what_changed_anew_after_a_break_in_another_scan_is_told(world: World) -> None:
    world.hears((Sign.CHANGED, "1"))
    world.ticks(False, False)
    world.notes.take()
    world.host.happen(Sign.CHANGED, "1")
    world.reconciles()
    assert world.notes.told() == [(CHANGED, "lib", "1")]


def test_what_the_stream_missed_comes_with_the_end_of_the_scan(world: World) -> None:
    world.hears((Sign.CHANGED, "1"))
    world.host.happen(Sign.ADDED, "2")
    world.ticks(False, False)
    assert world.notes.told() == [(CHANGED, "lib", "1"), (ADDED, "lib", "2"), SCANNED]
    assert not world.notes.order[-1].delivery.startswith(DERIVED)


def test_more_than_can_be_told_one_by_one_is_a_scan(world: World) -> None:
    for number in range(MOST_NEWS + 1):
        world.host.happen(Sign.ADDED, str(number))
    world.reconciles()
    assert world.notes.told() == [SCANNED]
    assert world.notes.places["lib"] == str(MOST_NEWS + 1)


def test_many_changes_are_told_one_by_one_since_a_job_of_ours_may_have_made_them(
    world: World,
) -> None:
    for number in range(MOST_NEWS + 1):
        world.host.happen(Sign.CHANGED, str(number))
    world.reconciles()
    assert len(world.notes.told()) == MOST_NEWS + 1
    assert SCANNED not in world.notes.told()


@pytest.mark.parametrize("also", [(Sign.ADDED, "new"), (Sign.CHANGED, "one too many")])
def test_but_not_beside_others_nor_without_end(world: World, also: tuple[Sign, str]) -> None:
    world.host.happen(*also)
    for number in range(MOST_CHANGES if also[0] is Sign.CHANGED else MOST_NEWS):
        world.host.happen(Sign.CHANGED, str(number))
    world.reconciles()
    assert world.notes.told() == [SCANNED]


def test_a_scan_of_many_items_that_were_told_ends_with_one_event_more(world: World) -> None:
    world.hears(*[(Sign.CHANGED, str(number)) for number in range(MOST_NEWS + 10)])
    world.ticks(False, False)
    assert len(world.notes.told()) == MOST_NEWS + 11
    assert world.notes.order[-1].delivery.startswith(DERIVED)


def test_a_library_that_is_new_to_a_known_host_counts_as_scanned(world: World) -> None:
    world.intake.reconcile(world.host, ["lib", "fresh"])
    assert world.notes.told() == [("library.scanned", "fresh", "")]
    world.intake.reconcile(world.host, ["lib", "fresh"])
    assert len(world.notes.told()) == 1


def test_a_crash_before_the_end_of_a_scan_does_not_lose_the_end(world: World) -> None:
    world.hears((Sign.ADDED, "1"))
    world.begin()
    assert world.intake.holds("lib")
    world.ticks(False, False)
    assert world.notes.told() == [(ADDED, "lib", "1"), SCANNED]


def test_what_cannot_be_kept_waits_and_comes_later_once(world: World) -> None:
    world.notes.fails = 2
    world.host.happen(Sign.ADDED, "1")
    world.intake.hear([Tiding(Sign.ADDED, "lib", "1")])
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            world.intake.flush()
    world.intake.hear([Tiding(Sign.CHANGED, "lib", "2")])
    world.intake.flush()
    assert world.notes.told() == [(ADDED, "lib", "1"), (CHANGED, "lib", "2")]


@pytest.mark.parametrize("sign", [Sign.ADDED, Sign.CHANGED])
def test_a_listing_that_could_not_be_kept_is_told_by_the_next(world: World, sign: Sign) -> None:
    world.host.happen(sign, "1")
    world.notes.fails = 1
    with pytest.raises(StoreUnavailable):
        world.reconciles()
    world.reconciles()
    assert len(world.notes.told()) == 1


def test_an_end_that_could_not_be_kept_is_told_at_the_next_look(world: World) -> None:
    world.hears((Sign.ADDED, "1"))
    world.host.happen(Sign.ADDED, "2")
    world.ticks(False)
    world.notes.fails = 1
    with pytest.raises(StoreUnavailable):
        world.ticks(False)
    world.intake.settle(world.host)
    assert world.notes.told() == [(ADDED, "lib", "1"), (ADDED, "lib", "2"), SCANNED]


def test_a_host_that_cannot_be_asked_keeps_the_cursor_where_it_is(world: World) -> None:
    world.hears((Sign.ADDED, "1"))
    world.host.news_errors.append(Transient("away"))
    world.ticks(False, False)
    assert world.notes.told()[-1] == SCANNED
    assert world.notes.places["lib"] == "0"


def test_a_host_that_says_so_itself_need_not_be_guessed(world: World) -> None:
    world.hears((Sign.ADDED, "1"))
    world.intake.hear([Tiding(Sign.SCANNED, "lib"), Tiding(Sign.SCANNED, "other")])
    world.intake.settle(world.host)
    assert world.notes.told() == [
        (ADDED, "lib", "1"),
        SCANNED,
        ("library.scanned", "other", ""),
    ]


def test_if_it_does_not_say_which_it_is_those_that_were_told_of_or_must_be_asked(
    world: World,
) -> None:
    world.intake.hear([Tiding(Sign.SCANNED)])
    world.intake.settle(world.host)
    assert world.intake.wants_news
    world.hears((Sign.ADDED, "1"))
    world.intake.hear([Tiding(Sign.SCANNED)])
    world.intake.settle(world.host)
    assert world.notes.told()[-1] == SCANNED


def test_a_series_is_no_event_and_starts_no_scan(world: World) -> None:
    world.hears((Sign.CHANGED, ""))
    assert world.notes.told() == []
    assert not world.intake.holds("lib")


def test_libraries_that_nobody_waits_for_are_left_aside(world: World) -> None:
    world.intake.leave_aside({"other"})
    world.hears((Sign.ADDED, "1"), library="other")
    world.hears((Sign.ADDED, "2"))
    assert world.notes.told() == [(ADDED, "lib", "2")]


def test_unknown_messages_are_counted_and_their_names_do_not_fill_the_memory(world: World) -> None:
    names = ["Odd", "Odd", *(f"name {number}" for number in range(MOST_NAMES * 2))]
    world.intake.hear([Tiding(Sign.UNKNOWN, item=name) for name in names])
    assert world.intake.unknown["Odd"] == 2
    assert len(world.intake.unknown) == MOST_NAMES + 1
    assert world.intake.unknown[OTHERS] == MOST_NAMES + 1
    assert world.intake.unknown.total() == len(names)


def test_events_are_counted_once(world: World) -> None:
    world.hears((Sign.ADDED, "1"), (Sign.CHANGED, "1"))
    world.reconciles()
    assert world.intake.events == 1


def test_a_library_that_cannot_be_asked_about_keeps_no_other_from_it(world: World) -> None:
    world.host.happen(Sign.ADDED, "1", "lib")
    world.host.happen(Sign.ADDED, "2", "other")
    world.host.news_errors.append(Permanent("the library is broken"))
    with pytest.raises(Permanent, match="broken"):
        world.reconciles()
    assert world.notes.told() == [(ADDED, "other", "2")]
    world.reconciles()
    assert set(world.notes.told()) == {(ADDED, "other", "2"), (ADDED, "lib", "1")}


def test_without_a_cursor_what_came_went_and_came_again_is_told_again() -> None:
    world = World()  # a host that cannot be asked what is new
    world.hears((Sign.ADDED, "1"))
    world.clock.advance(WAITS.most)
    world.intake.settle(None)
    world.notes.take()
    world.hears((Sign.REMOVED, "1"), (Sign.ADDED, "1"))
    assert world.notes.told() == [(REMOVED, "lib", "1"), (ADDED, "lib", "1")]

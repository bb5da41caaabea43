"""When a scan has ended, by what a host tells and by what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.rules import scans as rules
from shelfhook.rules.scans import GRACE, LONGEST_PAUSE, Hearing, Scans, Waits, reconnect_pause

WAITS = Waits(quiet=30, most=300, tick=25)
NONE: frozenset[str] = frozenset()
LIB = frozenset({"lib"})


def begun(hearing: Hearing, *, sure: bool = True) -> Scans:
    """Listening since 0; an item of `lib` was told of at 1."""
    return rules.touch(rules.listening(Scans(), hearing, 0), "lib", 1, sure=sure)


def ticks(scans: Scans, *told: tuple[float, bool]) -> Scans:
    for at, busy in told:
        scans = rules.tick(scans, at, busy=busy)
    return scans


@pytest.mark.parametrize(
    ("told", "over"),
    [
        ([], NONE),
        ([(10, False)], NONE),
        ([(10, False), (20, False)], LIB),
        ([(10, True), (20, False)], NONE),
        ([(10, False), (20, True), (30, False)], NONE),
        ([(10, True), (20, False), (30, False)], LIB),
    ],
)
def test_two_words_of_no_work_in_a_row_end_a_scan(
    told: list[tuple[float, bool]], over: frozenset[str]
) -> None:
    at = told[-1][0] if told else 5
    assert rules.ended(ticks(begun(Hearing.TICKS), *told), at, WAITS) == over


def test_an_item_between_them_begins_anew() -> None:
    scans = ticks(begun(Hearing.TICKS), (10, False))
    scans = rules.touch(scans, "lib", 12, sure=False)
    scans = ticks(scans, (20, False))
    assert rules.ended(scans, 20, WAITS) == NONE
    assert rules.ended(ticks(scans, (30, False)), 30, WAITS) == LIB


def test_so_does_a_series_but_only_of_a_library_that_is_being_scanned() -> None:
    scans = ticks(begun(Hearing.TICKS), (10, False))
    scans = rules.stir(rules.stir(scans, "lib", 12), "other", 12)
    assert set(scans.touched) == {"lib"}
    assert rules.ended(ticks(scans, (20, False)), 20, WAITS) == NONE


def test_nothing_is_waited_for_longer_than_the_maximum() -> None:
    scans = ticks(begun(Hearing.TICKS), *[(at, True) for at in range(10, 300, 10)])
    assert rules.ended(scans, 300, WAITS) == NONE
    assert rules.ended(scans, 301, WAITS) == LIB


def test_work_that_never_ends_counts_as_none_after_the_maximum() -> None:
    """komga#1426, #1971: a task that is stuck must not put off each later scan's end so long."""
    scans = ticks(rules.listening(Scans(), Hearing.TICKS, 0), *[(at, True) for at in range(400)])
    scans = rules.touch(scans, "lib", 400, sure=True)
    scans = ticks(scans, (410, True), (420, True))
    assert rules.ended(scans, 429, WAITS) == NONE
    assert rules.ended(scans, 430, WAITS) == LIB


def test_a_host_that_does_not_tell_is_guessed_by_its_silence() -> None:
    scans = begun(Hearing.QUIET)
    assert rules.ended(scans, 30.9, WAITS) == NONE
    assert rules.ended(scans, 31, WAITS) == LIB
    assert rules.ended(rules.touch(scans, "lib", 30, sure=True), 31, WAITS) == NONE


def test_so_is_one_whose_words_do_not_come() -> None:
    scans = rules.touch(begun(Hearing.TICKS), "lib", 2, sure=True)
    assert rules.ended(scans, 24.9, WAITS) == NONE
    assert rules.ended(scans, 32, WAITS) == LIB


def test_while_nothing_can_be_heard_silence_says_nothing() -> None:
    scans = ticks(begun(Hearing.TICKS), (10, False), (20, True))
    scans = rules.listening(scans, Hearing.DEAF, 21)
    assert rules.ended(scans, 300, WAITS) == NONE
    assert rules.ended(scans, 301, WAITS) == LIB


def test_words_from_before_a_break_do_not_count() -> None:
    scans = rules.listening(ticks(begun(Hearing.TICKS), (10, False)), Hearing.TICKS, 15)
    assert rules.ended(ticks(scans, (20, False)), 20, WAITS) == NONE


def test_that_an_item_came_or_went_is_not_forgotten() -> None:
    scans = rules.touch(begun(Hearing.TICKS, sure=False), "lib", 2, sure=True)
    scans = rules.touch(scans, "lib", 3, sure=False)
    assert scans.touched["lib"].sure
    assert rules.without(scans, LIB).touched == {}


def test_events_are_held_until_the_end_but_never_for_ever() -> None:
    scans = begun(Hearing.TICKS)
    assert rules.holds(scans, "lib", 1, WAITS)
    assert not rules.holds(scans, "other", 1, WAITS)
    assert not rules.holds(scans, "lib", 1 + WAITS.most + GRACE, WAITS)
    assert not rules.holds(rules.without(scans, LIB), "lib", 1, WAITS)


Told = st.lists(st.tuples(st.sampled_from(["item", "series", "busy", "idle"]), st.floats(0, 60)))


@given(Told, st.sampled_from(list(Hearing)))
def test_whatever_is_told_the_end_comes_between_the_quiet_and_the_maximum(
    told: list[tuple[str, float]], hearing: Hearing
) -> None:
    scans, now = begun(hearing), 1.0
    for what, pause in told:
        now += pause
        first = scans.touched["lib"].first if scans.touched else now
        over = rules.ended(scans, now, WAITS)
        assert bool(over) or not scans.touched or now - first < WAITS.most
        scans = rules.without(scans, over)
        if what in ("busy", "idle"):
            scans = rules.tick(scans, now, busy=what == "busy")
        elif what == "series":
            scans = rules.stir(scans, "lib", now)
        else:
            scans = rules.touch(scans, "lib", now, sure=True)
            assert rules.ended(scans, now, WAITS) == NONE or now - first >= WAITS.most


@pytest.mark.parametrize(
    ("failures", "most"), [(0, 1.0), (1, 2.0), (3, 8.0), (6, LONGEST_PAUSE), (9999, LONGEST_PAUSE)]
)
def test_pauses_double_with_jitter_up_to_a_ceiling(failures: int, most: float) -> None:
    assert reconnect_pause(failures, 0.0) == most / 2
    assert reconnect_pause(failures, 1.0) == most


def test_a_host_that_asks_for_a_pause_gets_it() -> None:
    assert reconnect_pause(0, 0.5, 12.0) == 12.0

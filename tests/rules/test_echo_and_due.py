"""Whether an event is an echo, and what becomes of a schedule's due times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.model import EventKind, FireResult
from shelfhook.rules import is_echo, settle_due

prints = st.one_of(st.none(), st.sampled_from(["", "aa", "bb"]))


@given(st.sampled_from(EventKind), prints, prints)
def test_an_echo_is_a_change_to_an_item_that_looks_as_we_left_it(
    kind: EventKind, left: str | None, present: str | None
) -> None:
    expected = kind is EventKind.ITEM_CHANGED and left is not None and left == present
    assert is_echo(kind, left, present) is expected


@pytest.mark.parametrize(
    ("kind", "left", "present", "echo"),
    [
        (EventKind.ITEM_CHANGED, "aa", "aa", True),
        (EventKind.ITEM_CHANGED, "aa", "bb", False),  # somebody else was here
        (EventKind.ITEM_CHANGED, None, "aa", False),  # we never touched it
        (EventKind.ITEM_CHANGED, None, None, False),
        (EventKind.ITEM_CHANGED, "aa", None, False),
        (EventKind.ITEM_ADDED, "aa", "aa", False),
        (EventKind.ITEM_REMOVED, "aa", "aa", False),
        (EventKind.LIBRARY_SCANNED, "aa", "aa", False),
        (EventKind.ROUTINE_CALLED, "aa", "aa", False),
    ],
)
def test_echoes_follow_the_table(
    kind: EventKind, left: str | None, present: str | None, echo: bool
) -> None:
    assert is_echo(kind, left, present) is echo


@pytest.mark.parametrize(
    ("left", "since", "echo"),
    [
        ("?", 1.0, True),  # the host is still at work on our command
        ("?", -1.0, True),  # it was quicker than our own record
        ("?aa", 60.0, True),
        ("?bb", 60.0, True),  # still within the window: the host changes it step by step
        ("?aa", 61.0, True),  # it looks as when the host had done
        ("?bb", 61.0, False),  # somebody else was here
        ("?", 61.0, False),
    ],
)
def test_after_a_command_what_comes_soon_is_its_echo(left: str, since: float, echo: bool) -> None:
    assert is_echo(EventKind.ITEM_CHANGED, left, "aa", since) is echo


NOW = 1_000_000.0
moments = st.lists(st.integers(0, 2_000_000).map(float), max_size=30)
graces = st.integers(0, 500_000).map(float)


@given(moments, graces)
def test_each_due_time_up_to_now_has_exactly_one_result(due: list[float], grace: float) -> None:
    settled = [moment for moment, _, _ in settle_due(due, NOW, grace)]
    assert settled == sorted({moment for moment in due if moment <= NOW})


@given(moments, graces)
def test_at_most_one_due_time_runs_and_it_is_the_latest(due: list[float], grace: float) -> None:
    settled = settle_due(due, NOW, grace)
    ran = [moment for moment, result, _ in settled if result is FireResult.RAN]
    assert len(ran) <= 1
    assert not ran or ran[0] == settled[-1][0]


@given(moments, graces)
def test_a_due_time_runs_or_is_skipped_within_the_grace_and_is_missed_beyond_it(
    due: list[float], grace: float
) -> None:
    for moment, result, reason in settle_due(due, NOW, grace):
        assert (NOW - moment > grace) == (result is FireResult.MISSED)
        assert reason or result is FireResult.RAN


@given(moments, graces)
def test_something_runs_whenever_any_due_time_is_within_the_grace(
    due: list[float], grace: float
) -> None:
    settled = settle_due(due, NOW, grace)
    within = any(moment <= NOW <= moment + grace for moment in due)
    assert any(result is FireResult.RAN for _, result, _ in settled) == within


@given(moments, graces)
def test_the_order_in_which_due_times_come_does_not_matter(due: list[float], grace: float) -> None:
    assert settle_due(reversed(due), NOW, grace) == settle_due(due, NOW, grace)


@pytest.mark.parametrize(
    ("due", "results"),
    [
        ([], []),
        ([NOW + 1], []),  # not yet
        ([NOW], [(FireResult.RAN, "")]),
        ([NOW - 59], [(FireResult.RAN, "")]),
        ([NOW - 90], [(FireResult.RAN, "90 s late")]),
        ([NOW - 100], [(FireResult.RAN, "100 s late")]),  # exactly the grace
        ([NOW - 101], [(FireResult.MISSED, "Shelfhook was not running")]),
        (
            [NOW - 500, NOW - 80, NOW - 10, NOW + 60],
            [
                (FireResult.MISSED, "Shelfhook was not running"),
                (FireResult.SKIPPED, "a later due time ran instead"),
                (FireResult.RAN, ""),
            ],
        ),
    ],
)
def test_due_times_end_as_the_table_says(
    due: list[float], results: list[tuple[FireResult, str]]
) -> None:
    assert [(result, why) for _, result, why in settle_due(due, NOW, grace=100)] == results

"""When a batch of events is ripe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.rules import Patience, ripe_at

moments = st.floats(0, 2e9, allow_nan=False)
spans = st.floats(0, 1e6, allow_nan=False)
patiences = st.builds(lambda quiet, more: Patience(quiet, quiet + more), spans, spans)


@given(first=moments, span=spans, patience=patiences)
def test_a_batch_is_never_ripe_before_its_quiet_time_unless_the_maximum_wait_cuts_it(
    first: float, span: float, patience: Patience
) -> None:
    last = first + span
    ripe = ripe_at(first, last, patience)
    assert ripe >= last + patience.quiet or ripe == first + patience.most


@given(first=moments, span=spans, patience=patiences)
def test_a_batch_never_waits_longer_than_the_maximum_from_its_first_event(
    first: float, span: float, patience: Patience
) -> None:
    assert ripe_at(first, first + span, patience) <= first + patience.most


@given(first=moments, span=spans, patience=patiences)
def test_a_batch_is_never_ripe_before_its_first_event(
    first: float, span: float, patience: Patience
) -> None:
    assert ripe_at(first, first + span, patience) >= first


@given(first=moments, span=spans, later=spans, patience=patiences)
def test_a_later_event_never_makes_a_batch_ripe_earlier(
    first: float, span: float, later: float, patience: Patience
) -> None:
    last = first + span
    assert ripe_at(first, last + later, patience) >= ripe_at(first, last, patience)


@given(first=moments, span=spans, later=spans, patience=patiences)
def test_a_batch_that_began_later_is_never_ripe_earlier(
    first: float, span: float, later: float, patience: Patience
) -> None:
    last = first + later + span
    assert ripe_at(first + later, last, patience) >= ripe_at(first, last, patience)


@pytest.mark.parametrize(
    ("first", "last", "ripe"),
    [
        (0, 0, 5),  # one event: quiet time alone
        (0, 4, 9),  # the second moves it
        (0, 55, 60),  # both limits at once
        (0, 59, 60),  # a storm: the maximum wait cuts it
        (100, 400, 160),  # long overdue
    ],
)
def test_ripeness_follows_the_table(first: float, last: float, ripe: float) -> None:
    assert ripe_at(first, last, Patience(quiet=5, most=60)) == ripe

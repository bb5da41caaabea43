from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.progress import Sample, eta, percent, rate, remember, span, speed


@pytest.mark.parametrize(
    ("done", "total", "share"),
    [
        (0, 200, 0.0),
        (50, 200, 25.0),
        (200, 200, 100.0),
        (0, 0, 100.0),
        (5, None, None),
        (3, 2, 100),
    ],
)
def test_percent_is_none_only_while_the_total_is_unknown(
    done: int, total: int | None, share: float | None
) -> None:
    assert percent(done, total) == share


def test_the_rate_looks_only_at_the_window() -> None:
    samples: tuple[Sample, ...] = ()
    for second in range(31):  # ten a second at first, then a hundred
        done = second * 10 if second <= 20 else 200 + (second - 20) * 100
        samples = remember(samples, Sample(float(second), done), window=10)
    assert rate(samples) == 100.0
    assert len(samples) == 11


def test_a_pause_longer_than_the_window_lowers_the_rate() -> None:
    samples = (Sample(0.0, 0), Sample(1.0, 100))
    assert rate(remember(samples, Sample(61.0, 100), window=10)) == 0.0


def test_a_job_that_starts_again_starts_the_window_anew() -> None:
    assert remember((Sample(0.0, 50),), Sample(1.0, 0)) == (Sample(1.0, 0),)


@pytest.mark.parametrize("samples", [(), (Sample(0.0, 5),), (Sample(1.0, 0), Sample(1.0, 9))])
def test_too_little_says_nothing_about_the_rate(samples: tuple[Sample, ...]) -> None:
    assert rate(samples) is None


@pytest.mark.parametrize(
    ("done", "total", "pace", "left"),
    [(100, 300, 50.0, 4.0), (300, 300, 50.0, 0.0), (1, None, 5.0, None), (1, 2, 0.0, None)],
)
def test_the_time_left_is_what_is_left_at_this_rate(
    done: int, total: int | None, pace: float, left: float | None
) -> None:
    assert eta(done, total, pace) == left
    assert eta(done, total, None) is None


@given(st.lists(st.tuples(st.floats(0.01, 5), st.integers(0, 50)), max_size=60))
def test_the_window_is_covered_and_no_longer_than_needed(steps: list[tuple[float, int]]) -> None:
    samples: tuple[Sample, ...] = ()
    at, done = 0.0, 0
    for seconds, more in steps:
        at, done = at + seconds, done + more
        samples = remember(samples, Sample(at, done), window=10)
        assert samples[-1] == (at, done)
        assert all(sample.at > at - 10 for sample in samples[1:])
        pace = rate(samples)
        assert pace is None or pace >= 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (3.25, "3.2 s"),
        (9.97, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3725, "1 h 02 min"),
    ],
)
def test_times_are_told_no_finer_than_needed(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("pace", "words"), [(1234.5, "1,234/s"), (3.14, "3.1/s"), (0.01, "less than 0.1/s")]
)
def test_rates_are_told_in_words(pace: float, words: str) -> None:
    assert speed(pace) == words

from __future__ import annotations

import pytest

from shelfhook.hosts.retry import backoff, pause_before_retry, retry_after_seconds

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("failures", "fraction", "seconds"),
    [(1, 1.0, 0.5), (2, 1.0, 1.0), (3, 1.0, 2.0), (3, 0.5, 1.0), (3, 0.0, 0.0), (9, 1.0, 30.0)],
)
def test_the_pause_doubles_up_to_a_ceiling_and_jitter_takes_any_part_of_it(
    failures: int, fraction: float, seconds: float
) -> None:
    assert backoff(failures, fraction) == seconds


def test_ten_thousand_failures_are_no_larger_a_number_than_the_ceiling() -> None:
    assert backoff(10_000, 1.0) == 30.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("3600", 3600.0),
        ("3601", 3600.0),
        ("9" * 400, 3600.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tue, 14 Nov 2023 22:13:50 -0000", 30.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("²", None),
        ("Tue, 99 Nov 2023 22:13:50 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def test_what_the_host_asked_for_is_never_shortened_by_the_jitter() -> None:
    assert pause_before_retry(1, 0.0, 10.0) == 10.0
    assert pause_before_retry(1, 1.0, 10.0) > 10.0


def test_without_a_wish_of_the_host_the_pause_is_the_backoff() -> None:
    assert pause_before_retry(2, 0.5, None) == backoff(2, 0.5)

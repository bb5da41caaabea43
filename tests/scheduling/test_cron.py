"""Due times of a cron expression, as crontab means them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfhook.scheduling.cron import MOST_DUE, check_cron, due_between, next_due, trigger

BERLIN = "Europe/Berlin"
DAY = 86_400.0
WEEK = "Sun Mon Tue Wed Thu Fri Sat"


def moment(text: str, zone: str = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(times: list[float], zone: str = BERLIN) -> list[str]:
    return [datetime.fromtimestamp(time, ZoneInfo(zone)).isoformat()[:16] for time in times]


# -- days of week --


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("*", WEEK),
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("6", "Sat"),
        ("5-7", "Sun Fri Sat"),
        ("0-2", "Sun Mon Tue"),
        ("0-6", WEEK),
        ("0-7", WEEK),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("1,3,5", "Mon Wed Fri"),
        ("6,0", "Sun Sat"),
        ("1-5/2", "Mon Wed Fri"),
        ("*/2", "Sun Tue Thu Sat"),
        ("*/7", "Sun"),
        ("1/2", "Mon Wed Fri"),
        ("mon", "Mon"),
        ("MON-FRI", "Mon Tue Wed Thu Fri"),
        ("sun-tue", "Sun Mon Tue"),
        ("fri-sun", "Sun Fri Sat"),
        ("mon-sun", WEEK),
        ("Sat,sun", "Sun Sat"),
        ("mon/2", "Mon Wed Fri"),
    ],
)
def test_days_of_week_are_those_of_crontab(field: str, days: str) -> None:
    begin = moment("2026-06-06T12:00")  # a Saturday
    due = due_between(f"0 3 * * {field}", BERLIN, begin, begin + 7 * DAY)
    assert [f"{datetime.fromtimestamp(one, ZoneInfo(BERLIN)):%a}" for one in due] == days.split()


@pytest.mark.parametrize(
    ("cron", "due"),
    [
        ("0 3 1 * 1", ["2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22", "2026-06-29"]),
        ("0 3 10 * 3", ["2026-06-03", "2026-06-10", "2026-06-17", "2026-06-24"]),
        ("0 3 10 * *", ["2026-06-10"]),
        ("0 3 */10 * *", ["2026-06-01", "2026-06-11", "2026-06-21"]),
        ("0 3 20 jun *", ["2026-06-20"]),
        ("0 3 20 7 *", []),
    ],
)
def test_of_a_day_of_month_and_a_day_of_week_either_will_do(cron: str, due: list[str]) -> None:
    found = list(due_between(cron, BERLIN, moment("2026-05-31T12:00"), moment("2026-07-01T00:00")))
    assert [one[:10] for one in shown(found)] == due


# -- wrong expressions --


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "* * * * * *",
        "@daily",
        "x * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "*/0 * * * *",
        "9-1 * * * *",
        "0 3 * * 8",
        "0 3 * * 5-1",
        "0 3 * * fri-mon",
        "0 3 * * -1",
        "0 3 * * ,",
        "0 3 * * 1-",
        "0 3 * * 1-5/0",
        "0 3 * * 1-5/x",
        "0 3 * * 1/",
        "0 3 * * ²",
        "0 3 * * montag",
        "0 3 * * \0",
    ],
)
def test_a_wrong_expression_is_told_with_what_to_write_instead(cron: str) -> None:
    fault = check_cron(cron, BERLIN)
    assert fault is not None
    assert fault.startswith("not a cron expression (")
    assert fault.endswith("write minute, hour, day, month and day of week, such as '0 3 * * *'")


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_an_expression_that_never_falls_due_is_told_so(cron: str) -> None:
    assert check_cron(cron, BERLIN) == "never falls due; check day and month"


@pytest.mark.parametrize("cron", ["0 3 * * *", "*/5 * * * *", "0 3 29 2 *", "15,45 8-18 * * 1-5"])
@pytest.mark.parametrize("zone", ["", "UTC", BERLIN, "Australia/Lord_Howe"])
def test_a_right_expression_is_right_in_every_zone(cron: str, zone: str) -> None:
    assert check_cron(cron, zone) is None


# -- summer time --


@pytest.mark.parametrize(
    ("cron", "begin", "end", "due"),
    [
        (  # the clock goes from 2 to 3: what is due in between comes an hour later
            "30 2 * * *",
            "2026-03-28T12:00",
            "2026-03-30T12:00",
            ["2026-03-29T03:30", "2026-03-30T02:30"],
        ),
        (
            "0 3 * * *",
            "2026-03-28T12:00",
            "2026-03-30T12:00",
            ["2026-03-29T03:00", "2026-03-30T03:00"],
        ),
        (  # the clock goes from 3 back to 2: a night is one night
            "30 2 * * *",
            "2026-10-24T12:00",
            "2026-10-26T12:00",
            ["2026-10-25T02:30", "2026-10-26T02:30"],
        ),
        (
            "0 3 * * *",
            "2026-10-24T12:00",
            "2026-10-26T12:00",
            ["2026-10-25T03:00", "2026-10-26T03:00"],
        ),
        (  # APScheduler's own arithmetic loses the midnight, week or month after the change
            "0 0 * * *",
            "2026-03-28T12:00",
            "2026-03-31T12:00",
            ["2026-03-29T00:00", "2026-03-30T00:00", "2026-03-31T00:00"],
        ),
        ("0 0 * * 1", "2026-03-27T12:00", "2026-03-31T12:00", ["2026-03-30T00:00"]),
        ("0 0 1 * *", "2026-03-27T12:00", "2026-04-05T12:00", ["2026-04-01T00:00"]),
        (  # every hour stays every hour
            "30 * * * *",
            "2026-10-25T01:00",
            "2026-10-25T04:00",
            [f"2026-10-25T{hour}:30" for hour in ("01", "02", "02", "03")],
        ),
        (
            "30 * * * *",
            "2026-03-29T01:00",
            "2026-03-29T05:00",
            [f"2026-03-29T{hour}:30" for hour in ("01", "03", "04")],
        ),
    ],
)
def test_the_change_of_the_clock_neither_loses_nor_repeats_a_night(
    cron: str, begin: str, end: str, due: list[str]
) -> None:
    found = list(due_between(cron, BERLIN, moment(begin), moment(end)))
    assert shown(found) == due
    assert found == sorted(set(found))


@settings(deadline=None, max_examples=50)
@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Tehran", "UTC"]),
    st.dates(date(2020, 1, 1), date(2026, 12, 1)),
)
def test_a_fixed_time_is_due_exactly_once_on_every_date(
    hour: int, minute: int, zone: str, first: date
) -> None:
    begin = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).timestamp()
    due = due_between(f"{minute} {hour} * * *", zone, begin - 1, begin + 200 * DAY)
    dates = [datetime.fromtimestamp(one, ZoneInfo(zone)).date() for one in due]
    assert 199 <= len(dates) <= 201
    assert dates == [first + timedelta(days=day) for day in range(len(dates))]


def test_apscheduler_is_told_the_same_due_times() -> None:
    begin, end = moment("2026-03-27T12:00"), moment("2026-03-31T12:00")
    fires = trigger("0 0 * * *", BERLIN)
    due, previous = [], None
    while (previous := fires.get_next_fire_time(previous, start(begin))) <= start(end):
        due.append(previous.timestamp())
    assert due == list(due_between("0 0 * * *", BERLIN, begin, end))


def start(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)


def test_a_zone_decides_when_three_at_night_is() -> None:
    begin = moment("2026-01-10T00:00", "UTC")
    [utc] = due_between("0 3 * * *", "UTC", begin, begin + DAY)
    [berlin] = due_between("0 3 * * *", BERLIN, begin, begin + DAY)
    assert utc - berlin == 3_600


# -- the edges --


def test_due_times_are_after_the_one_end_and_up_to_the_other() -> None:
    three = moment("2026-06-10T03:00")
    assert list(due_between("0 3 * * *", BERLIN, three, three + DAY)) == [three + DAY]
    assert list(due_between("0 3 * * *", BERLIN, three - 1, three)) == [three]
    assert list(due_between("0 3 * * *", BERLIN, three, three)) == []
    assert list(due_between("0 3 * * *", BERLIN, three + 5, three)) == []


@settings(deadline=None, max_examples=60)
@given(
    st.floats(1.6e9, 1.9e9),
    st.floats(0, 10 * DAY),
    st.sampled_from(["0 3 * * *", "*/17 * * * *", "30 2 * * 0,3", "0 0 1 * 5"]),
    st.sampled_from(["UTC", BERLIN, "America/New_York"]),
)
def test_due_times_come_in_order_within_their_span_and_meet_at_any_cut(
    begin: float, span: float, cron: str, zone: str
) -> None:
    end, middle = begin + span, begin + span / 3
    whole = list(due_between(cron, zone, begin, end))
    assert all(begin < one <= end for one in whole)
    assert all(one < two for one, two in pairwise(whole))
    parts = [*due_between(cron, zone, begin, middle), *due_between(cron, zone, middle, end)]
    assert parts == whole


@settings(deadline=None)
@given(st.floats(1.6e9, 1.9e9), st.sampled_from(["0 3 * * *", "30 2 * * *", "*/17 * * * 1-5"]))
def test_the_next_due_time_is_the_first_of_those_to_come(after: float, cron: str) -> None:
    due = next_due(cron, BERLIN, after)
    assert due is not None
    assert due > after
    assert list(due_between(cron, BERLIN, after, due)) == [due]


def test_what_never_falls_due_has_no_next_time() -> None:
    assert next_due("0 0 30 2 *", BERLIN, moment("2026-06-10T03:00")) is None


def test_after_a_long_absence_the_newest_due_times_are_looked_at() -> None:
    """The one that still may run is the latest; what is older than a thousand was missed."""
    now = datetime(2026, 6, 10, tzinfo=UTC).timestamp()
    due = list(due_between("* * * * *", "UTC", now - 365 * DAY, now))
    assert MOST_DUE // 2 <= len(due) <= MOST_DUE
    assert due[-1] == now
    assert all(two - one == 60 for one, two in pairwise(due))

"""A cron expression in words: `0 3 * * *` is "every day at 03:00"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MOST_TIMES: Final = 6
"""More times of day than these are no sentence any more."""


def in_words(cron: str) -> str:
    """What a five-field expression says; "" where no short sentence says it."""
    fields = cron.lower().split()
    if len(fields) != 5:
        return ""
    minute, hour, day, month, weekday = fields
    try:
        times, often = _times(minute, hour)
        days = _days(day, month, weekday)
    except ValueError:
        return ""
    if often:
        return f"{often}, {days}" if days else often
    return f"{days or 'every day'} at {_and(times)}"


def _times(minute: str, hour: str) -> tuple[list[str], str]:
    """Either times of the day, or how often within each day."""
    minutes = _numbers(minute, 0, 59)
    hours = _numbers(hour, 0, 23)
    if minutes and hours:
        times = [f"{one:02}:{two:02}" for one in hours for two in minutes]
        if len(times) <= MOST_TIMES:
            return times, ""
    return [], _often(minute, hour, minutes)


def _often(minute: str, hour: str, minutes: list[int]) -> str:
    within = _within(hour)
    if minute == "*" or minute.startswith("*/"):
        if hour.startswith("*/"):
            raise ValueError(hour)
        return f"every {_step(minute, 60, 'minute')}{within}"
    if len(minutes) != 1:
        raise ValueError(minute)
    past = f" at {minutes[0]} min past" if minutes[0] else ""
    every = "hour" if within else _step(hour, 24, "hour")
    return f"every {every}{past}{within}"


def _within(hour: str) -> str:
    """The part of the day that a range of hours means."""
    low, dash, high = hour.partition("-")
    if not dash:
        return ""
    first, last = _number(low, 0, 23), _number(high, 0, 23)
    if last < first:
        raise ValueError(hour)
    return f" from {first:02}:00 to {last:02}:59"


def _step(field: str, whole: int, unit: str) -> str:
    """`*` or `*/n`; only where the steps are even all day."""
    if field == "*":
        return unit
    if not field.startswith("*/"):
        raise ValueError(field)
    every = _number(field[2:], 1, whole - 1)
    if whole % every:
        raise ValueError(field)
    return unit if every == 1 else f"{every} {unit}s"


def _days(day: str, month: str, weekday: str) -> str:
    """On which days; "" means on all of them."""
    months = _and([MONTHS[one - 1] for one in _month_numbers(month)])
    dates = _and([_ordinal(one) for one in _numbers(day, 1, 31)])
    if day != "*" and not dates:
        raise ValueError(day)
    of_week = _weekdays(weekday)
    dated = f"on the {dates} of {months or 'every month'}" if dates else ""
    if dated and of_week:  # as in crontab: where both are named, either will do
        return f"{dated}, and {of_week}" if not months else _refuse(month)
    if dated:
        return dated
    if months:
        return f"{of_week or 'every day'} in {months}"
    return of_week


def _refuse(field: str) -> str:
    raise ValueError(field)


def _weekdays(field: str) -> str:
    if field == "*":
        return ""
    days = sorted({one % 7 for part in field.split(",") for one in _day_range(part)})
    if len(days) == 7:
        return ""
    if days == [1, 2, 3, 4, 5]:
        return "on weekdays"
    if days == [0, 6]:
        return "at weekends"
    return f"every {_and([DAYS[one] for one in [*days[1:], 0]] if 0 in days else _names(days))}"


def _names(days: Sequence[int]) -> list[str]:
    return [DAYS[one] for one in days]


def _day_range(part: str) -> range:
    low, dash, high = part.partition("-")
    first = _day(low)
    last = _day(high) if dash else first
    if dash and last == 0:
        last = 7
    if last < first:
        raise ValueError(part)
    return range(first, last + 1)


def _day(name: str) -> int:
    short = [day[:3].lower() for day in DAYS]
    return short.index(name) if name in short else _number(name, 0, 7)


def _month_numbers(field: str) -> list[int]:
    if field == "*":
        return []
    short = [month[:3].lower() for month in MONTHS]
    named = [str(short.index(one) + 1) if one in short else one for one in field.split(",")]
    found = _numbers(",".join(named), 1, 12)
    if not found:
        raise ValueError(field)
    return found


def _numbers(field: str, low: int, high: int) -> list[int]:
    """Numbers between commas; none if it is anything else."""
    parts = field.split(",")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return []
    return sorted({_number(part, low, high) for part in parts})


def _number(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ValueError(text)
    return int(text)


def _ordinal(number: int) -> str:
    last = number % 10 if number // 10 != 1 else 0
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def _and(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"

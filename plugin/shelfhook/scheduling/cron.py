"""Due times of a cron expression in a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from tzlocal import get_localzone

MOST_DUE = 1_000
"""Due times looked at after a long absence; older ones than these were missed long ago."""


def trigger(cron: str, timezone: str) -> CronTrigger:
    """The trigger of a five-field expression; an empty zone is the machine's own.

    Raises:
        ValueError: the expression is wrong.
    """
    zone = ZoneInfo(timezone) if timezone else get_localzone()
    return CronTrigger.from_crontab(_sunday_first(cron), timezone=zone)


def check_cron(cron: str, timezone: str) -> str | None:
    """What is wrong with an expression and how to mend it; None if nothing is."""
    try:
        if trigger(cron, timezone).get_next_fire_time(None, datetime.now(UTC)) is None:
            return "never falls due; check day and month"
    except (ValueError, KeyError) as error:
        return (
            f"not a cron expression ({error}); write minute, hour, day, month and day of week,"
            " such as '0 3 * * *'"
        )
    return None


def due_between(cron: str, timezone: str, after: float, until: float) -> Iterator[float]:
    """The due times in (after, until], oldest first, as seconds since the epoch."""

    def times() -> Iterator[float]:
        fires = trigger(cron, timezone)
        previous = datetime.fromtimestamp(after, UTC)
        end = datetime.fromtimestamp(until, UTC)
        while (due := fires.get_next_fire_time(previous, previous)) is not None and due <= end:
            if due.timestamp() > after:
                yield due.timestamp()
            previous = due

    return islice(times(), MOST_DUE)


def next_due(cron: str, timezone: str, after: float) -> float | None:
    """The first due time later than `after`."""
    fires = trigger(cron, timezone)
    moment = datetime.fromtimestamp(after + 0.001, UTC)
    due = fires.get_next_fire_time(None, moment)
    return None if due is None else due.timestamp()


def _sunday_first(cron: str) -> str:
    """Translate the day of week from crontab's numbers to names.

    APScheduler counts days from Monday = 0, crontab from Sunday = 0 (and 7); names mean the same to
    both.
    """
    fields = cron.split()
    if len(fields) != 5:
        raise ValueError(f"{len(fields)} fields instead of 5")
    names = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")

    def name(part: str) -> str:
        ends, slash, step = part.partition("/")
        low, dash, high = ends.partition("-")
        if dash and low.isdigit() and high.isdigit():
            days = range(int(low), int(high) + 1, int(step or 1))
            return ",".join(names[day] for day in days)
        if low.isdigit():
            return names[int(low)] + dash + high + slash + step
        return part

    try:
        fields[4] = ",".join(name(part) for part in fields[4].split(","))
    except IndexError:
        raise ValueError("day of week is 0 to 7, with Sunday as 0 or 7") from None
    return " ".join(fields)

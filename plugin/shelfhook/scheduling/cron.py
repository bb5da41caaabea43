"""Due times of a cron expression in a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from tzlocal import get_localzone

MOST_DUE = 1_000
"""Due times looked at after a long absence; older ones than these were missed long ago."""
NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def trigger(cron: str, timezone: str) -> BaseTrigger:
    """The trigger of a five-field expression; an empty zone is the machine's own.

    Raises:
        ValueError: the expression is wrong.
    """
    zone = ZoneInfo(timezone) if timezone else get_localzone()
    fields = cron.split()
    if len(fields) != 5:
        raise ValueError(f"{len(fields)} fields instead of 5")
    minute, hour, day, month, weekday = (*fields[:4], _days(fields[4]))
    if day.startswith("*") or fields[4].startswith("*"):
        return CronTrigger.from_crontab(f"{minute} {hour} {day} {month} {weekday}", timezone=zone)
    # As in crontab: where both days are named, either will do.
    either = (f"{minute} {hour} {day} {month} *", f"{minute} {hour} * {month} {weekday}")
    return OrTrigger([CronTrigger.from_crontab(one, timezone=zone) for one in either])


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
    """The due times in (after, until], oldest first, as seconds since the epoch.

    After a long absence only the newest, at most `MOST_DUE`.
    """
    while len(found := list(islice(_times(cron, timezone, after, until), MOST_DUE + 1))) > MOST_DUE:
        after = (after + until) / 2
    return iter(found)


def next_due(cron: str, timezone: str, after: float) -> float | None:
    """The first due time later than `after`."""
    return next(_times(cron, timezone, after, float("inf")), None)


def _times(cron: str, timezone: str, after: float, until: float) -> Iterator[float]:
    fires = trigger(cron, timezone)
    # Where the clock is set back an hour comes twice; what is due at a fixed hour is due once.
    once = set(cron.split()[1]) <= set("0123456789,")
    previous = datetime.fromtimestamp(after, UTC)
    while (due := fires.get_next_fire_time(previous, previous)) is not None:
        if due.timestamp() > until:
            return
        if due.timestamp() > after and not (once and due.fold):
            yield due.timestamp()
        previous = due


def _days(field: str) -> str:
    """Translate the day of week from crontab's numbers to names.

    APScheduler counts days from Monday = 0, crontab from Sunday = 0 (and 7); names mean the same to
    both.
    """
    if field == "*":
        return field
    days = {day % 7 for part in field.split(",") for day in _range(part)}
    return ",".join(NAMES[day] for day in sorted(days))


def _range(part: str) -> range:
    """The days of one `*`, `a`, `a-b`, each perhaps with `/step`."""
    ends, slash, step = part.partition("/")
    low, dash, high = ends.partition("-")
    every = int(step) if slash else 1
    if every < 1:
        raise ValueError("the step of the day of week must be 1 or more")
    if ends == "*":
        return range(0, 7, every)
    first = _day(low)
    last = _day(high) if dash else 6 if slash else first
    if dash and high.lower() == "sun":
        last = 7  # a week may end with its Sunday
    if last < first:
        raise ValueError(f"the days of week {ends} run backwards")
    return range(first, last + 1, every)


def _day(name: str) -> int:
    if name.lower() in NAMES:
        return NAMES.index(name.lower())
    if name.isascii() and name.isdigit() and int(name) <= 7:
        return int(name)
    raise ValueError("day of week is 0 to 7, with Sunday as 0 or 7, or sun to sat")

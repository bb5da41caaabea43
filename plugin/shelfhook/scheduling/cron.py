"""Due times of a cron expression in a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from heapq import heappop, heappush
from itertools import islice
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from tzlocal import get_localzone

MOST_DUE = 1_000
"""Due times looked at after a long absence; older ones than these were missed long ago."""
SHIFT = timedelta(hours=2)
"""No clock is changed by more."""
NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class Due(BaseTrigger):  # type: ignore[misc] # APScheduler ships no types
    """The due times of an expression for APScheduler; those that `due_between` tells."""

    def __init__(self, cron: str, timezone: str) -> None:
        self._cron = cron
        self._timezone = timezone

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """The first due time after the previous one, or from now on."""
        after = previous_fire_time.timestamp() if previous_fire_time else now.timestamp() - 0.001
        due = next_due(self._cron, self._timezone, after)
        return None if due is None else datetime.fromtimestamp(due, UTC)


def trigger(cron: str, timezone: str) -> Due:
    """The trigger of a five-field expression; an empty zone is the machine's own.

    Raises:
        ValueError: the expression is wrong.
    """
    _on_the_wall(cron)
    _zone(timezone)
    return Due(cron, timezone)


def check_cron(cron: str, timezone: str) -> str | None:
    """What is wrong with an expression and how to mend it; None if nothing is."""
    try:
        if next_due(cron, timezone, datetime.now(UTC).timestamp()) is None:
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
    """The expression says what the clock on the wall shows; this says when that is.

    APScheduler's own arithmetic across a change of the clock loses times: after the change in
    spring it never reaches the next midnight. Hence it only counts a clock without such changes.
    """
    fires, zone = _on_the_wall(cron), _zone(timezone)
    fixed = set(cron.split()[1]) <= set("0123456789,")
    wall = datetime.fromtimestamp(after, zone).replace(tzinfo=UTC) - SHIFT
    soon: list[float] = []  # a heap: around a change, times on the wall are not in order
    told = after
    while wall is not None or soon:
        wall = wall and fires.get_next_fire_time(wall, wall)
        if wall is not None:
            for moment in _moments(wall.replace(tzinfo=zone), fixed=fixed):
                heappush(soon, moment)
        safe = (wall.replace(tzinfo=zone) - SHIFT).timestamp() if wall else float("inf")
        while soon and soon[0] < safe:
            due = heappop(soon)
            if due > until:
                return
            if due > told:
                yield due
                told = due


def _moments(shown: datetime, *, fixed: bool) -> list[float]:
    """When a clock on the wall shows a time: as a rule once.

    What is due at a fixed hour is due once, after the change if the change leaves that hour out.
    What is due at any hour is due whenever the clock shows it, be that twice or never.
    """
    again = shown.replace(fold=1)
    before, after = shown.utcoffset(), again.utcoffset()
    assert before is not None
    assert after is not None
    if before == after or fixed:
        return [shown.timestamp()]
    return [shown.timestamp(), again.timestamp()] if before > after else []


def _zone(timezone: str) -> tzinfo:
    return ZoneInfo(timezone) if timezone else get_localzone()


def _on_the_wall(cron: str) -> BaseTrigger:
    """The expression on a clock that is never changed."""
    fields = cron.split()
    if len(fields) != 5:
        raise ValueError(f"{len(fields)} fields instead of 5")
    minute, hour, day, month, weekday = (*fields[:4], _days(fields[4]))
    if day.startswith("*") or fields[4].startswith("*"):
        return CronTrigger.from_crontab(f"{minute} {hour} {day} {month} {weekday}", timezone=UTC)
    # As in crontab: where both days are named, either will do.
    either = (f"{minute} {hour} {day} {month} *", f"{minute} {hour} * {month} {weekday}")
    return OrTrigger([CronTrigger.from_crontab(one, timezone=UTC) for one in either])


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

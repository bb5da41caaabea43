"""Numbers, times and states in words. Durations are seconds, times seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shelfhook.model import Counts, JobState, Outcome, Trigger

TRIGGERS: Final = {
    Trigger.SCAN: "after a scan",
    Trigger.SCHEDULE: "on schedule",
    Trigger.ADMIN: "called by hand",
    Trigger.CLI: "from the command line",
    Trigger.RETRY: "retry of failed books",
    Trigger.UNDO: "undo",
    Trigger.APPLY: "apply of a dry run",
}
OUTCOMES: Final = {
    Outcome.CHANGED: ("changed", "good"),
    Outcome.PLANNED: ("would change", "info"),
    Outcome.UNCHANGED: ("unchanged", "quiet"),
    Outcome.SKIPPED: ("skipped", "warn"),
    Outcome.FAILED: ("failed", "bad"),
    Outcome.CANCELLED: ("cancelled", "quiet"),
}
"""What an outcome is called, and its tone."""
STATES: Final = {
    JobState.QUEUED: ("waiting", "quiet"),
    JobState.RUNNING: ("running", "info"),
    JobState.PAUSED: ("paused", "warn"),
    JobState.COMPLETED: ("finished", "good"),
    JobState.FAILED: ("failed", "bad"),
    JobState.CANCELLED: ("cancelled", "quiet"),
}
UNITS: Final = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))
LAST: Final = 253_402_300_799.0
"""The end of the year 9999; no clock that is set tells more."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: for machines, and for people who have no JavaScript (in UTC)."""

    iso: str
    text: str


def moment(seconds: float | None) -> Moment | None:
    """A time to show; the page turns it into the reader's own zone."""
    if seconds is None:
        return None
    when = datetime.fromtimestamp(min(max(seconds, 0.0), LAST), UTC)
    iso = when.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Moment(iso, f"{when.day} {when:%b %Y, %H:%M} UTC")


def span(seconds: float) -> str:
    """A duration by its two largest units: `5 h 12 min`."""
    rest = max(0, round(seconds))
    if rest == 0:
        return "less than a second"
    parts = []
    for size, unit in UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(_unit(count, unit))
        elif parts:
            break
    return " ".join(parts[:2])


def _unit(count: int, unit: str) -> str:
    plural = "s" if unit == "day" and count != 1 else ""
    return f"{count} {unit}{plural}"


def until(due: float, now: float) -> str:
    """How long until a time: `in 5 h 12 min`."""
    if due <= now:
        return "now"
    return f"in {span(max(60.0, (due - now) // 60 * 60))}" if due - now >= 60 else "in a moment"


def number(count: float) -> str:
    """A number with its thousands apart."""
    return f"{count:,.1f}" if isinstance(count, float) and count < 10 else f"{count:,.0f}"


def books(count: int) -> str:
    """How many books."""
    return "1 book" if count == 1 else f"{number(count)} books"


def counts(found: Counts) -> str:
    """Outcomes in words: `180 changed, 40 unchanged`; the usual first."""
    parts = [
        f"{number(getattr(found, outcome))} {name}"
        for outcome, (name, _) in OUTCOMES.items()
        if getattr(found, outcome)
    ]
    return ", ".join(parts)


def summary(found: Counts, listed: int) -> str:
    """`220 books: 180 changed, 40 unchanged`; of a job without books that there were none."""
    if not listed:
        return "no books"
    told = counts(found)
    return f"{books(listed)}: {told}" if told else books(listed)


def rate(per_second: float | None) -> str:
    """Items in a time: `12 books/s`; slow ones by the minute."""
    if not per_second:
        return ""
    if per_second < 1:
        return f"{number(per_second * 60)} books/min"
    return f"{number(per_second)} books/s"


def sentence(text: str) -> str:
    """The same with a capital at the beginning."""
    return text[:1].upper() + text[1:]

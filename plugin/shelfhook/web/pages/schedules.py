"""Schedules as the pages show them: in words, and when they are due next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shelfhook.model import FireResult
from shelfhook.rules.cronwords import in_words
from shelfhook.settings import RoutineSettings
from shelfhook.store.schedules import Fire
from shelfhook.store.switches import ON, Switch
from shelfhook.web.pages import words
from shelfhook.web.pages.words import Moment

RESULTS: Final = {
    FireResult.RAN: ("ran", "good"),
    FireResult.SKIPPED: ("skipped", "quiet"),
    FireResult.MISSED: ("missed", "bad"),
}


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A routine's schedule. `said` is the expression in words, or itself."""

    routine: str
    said: str
    cron: str
    timezone: str
    zone: str
    on: bool
    paused_by: str
    paused_at: Moment | None
    due: Moment | None
    due_in: str
    order: float

    @property
    def sentence(self) -> str:
        """As the beginning of a sentence."""
        return words.sentence(self.said)


@dataclass(frozen=True, slots=True)
class FireView:
    """A due time and what became of it."""

    due: Moment | None
    logged: Moment | None
    result: str
    tone: str
    reason: str


def view(
    name: str, one: RoutineSettings, due: float | None, switch: Switch, now: float
) -> ScheduleView:
    """One routine's schedule."""
    triggers = one.triggers
    running = triggers.enabled and not switch.off
    soon = due if running else None
    return ScheduleView(
        routine=name,
        said=in_words(triggers.cron) or triggers.cron,
        cron=triggers.cron,
        timezone=triggers.timezone or "the machine it runs on",
        zone=triggers.timezone,
        on=triggers.enabled,
        paused_by=switch.by if switch.off else "",
        paused_at=words.moment(switch.begun) if switch.off else None,
        due=words.moment(soon),
        due_in=words.until(soon, now) if soon is not None else "",
        order=soon if soon is not None else float("inf"),
    )


def all_of(
    routines: Mapping[str, RoutineSettings],
    due: Mapping[str, float],
    switches: Mapping[str, Switch],
    now: float,
) -> list[ScheduleView]:
    """Every schedule, the next one first."""
    found = [
        view(name, one, due.get(name), switches.get(name, ON), now)
        for name, one in routines.items()
        if one.triggers.cron
    ]
    return sorted(found, key=lambda one: one.order)


def fire(one: Fire) -> FireView:
    """A due time of the log."""
    result, tone = RESULTS[one.result]
    return FireView(words.moment(one.due_at), words.moment(one.logged_at), result, tone, one.reason)

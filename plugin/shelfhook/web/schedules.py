"""Schedules: when they are due next, what became of them, pause and resume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from flask import Blueprint
from pydantic import Field

from shelfhook.errors import Conflict, Unknown
from shelfhook.settings import RoutineSettings
from shelfhook.store.status import Beat
from shelfhook.store.switches import ON, Switch
from shelfhook.web import shapes
from shelfhook.web.auth import current_identity
from shelfhook.web.bodies import Nothing, Query, body_as, query_as
from shelfhook.web.context import Web, current
from shelfhook.web.health import SCHEDULER
from shelfhook.web.jobs import Limit, next_page
from shelfhook.web.lean import Answer, answer

blueprint = Blueprint("schedules", __name__, url_prefix=f"{shapes.API}/schedules")

LATEST: Final = 1e11
"""Seconds since the epoch beyond which no date can be told."""
SHOWN: Final = 20
"""Due times that are shown of a schedule unless somebody says how many."""


class FiresQuery(Query):
    """How many due times to show of each schedule."""

    limit: Limit = SHOWN


class FireLogQuery(Query):
    """One page of a fire log; `before` is the last page's earliest due time (epoch seconds)."""

    before: Annotated[float, Field(ge=0, le=LATEST, allow_inf_nan=False)] | None = None
    limit: Limit = 50


@blueprint.get("")
def listed() -> Answer:
    """The routines that have a schedule: when it is due next, and what became of it so far."""
    limit = query_as(FiresQuery).limit
    web = current()
    due, switches = due_times(web.store.status.beats()), web.store.switches.all()
    return answer(
        {
            "schedules": [
                _shape(web, name, one, due, switches, limit)
                for name, one in web.context.settings.routines.items()
                if one.triggers.cron
            ]
        }
    )


@blueprint.get("/<routine>/fires")
def fires(routine: str) -> Answer:
    """The fire log of one schedule, newest due time first."""
    query = query_as(FireLogQuery)
    web = current()
    scheduled(web, routine)
    before = None if query.before is None else (query.before, 0)  # no two are due at one time
    found = web.store.schedules.page(routine, before=before, limit=query.limit + 1)
    shown, more = found[: query.limit], len(found) > query.limit
    return answer(
        {
            "fires": [shapes.fire(one) for one in shown],
            "next": next_page("before", shown[-1].due_at) if more else None,
        }
    )


@blueprint.post("/<routine>/pause")
def pause(routine: str) -> Answer:
    """Skip every due time from now on."""
    body_as(Nothing)
    pause_it(routine)
    return _one(routine)


@blueprint.post("/<routine>/resume")
def resume(routine: str) -> Answer:
    """Let the schedule go on."""
    body_as(Nothing)
    resume_it(routine)
    return _one(routine)


def pause_it(routine: str) -> None:
    """Pause a schedule in the name of who asks; one that is paused already stays as it is.

    Raises:
        Unknown: there is no routine of this name.
        Conflict: it has no schedule.
    """
    web = current()
    triggers = _to_switch(web, routine).triggers
    by = current_identity().name
    web.store.switches.pause(routine, triggers.cron, triggers.timezone, by, web.clock.now())


def resume_it(routine: str) -> None:
    """End a pause; a schedule that is not paused stays as it is.

    Raises:
        Unknown: there is no routine of this name.
        Conflict: it has no schedule.
    """
    web = current()
    _to_switch(web, routine)
    web.store.switches.resume(routine, web.clock.now())


def scheduled(web: Web, routine: str) -> RoutineSettings:
    """The settings of a routine that has a schedule.

    Raises:
        Unknown: no routine of this name has one.
    """
    found = web.context.settings.routines.get(routine)
    if found is None or not found.triggers.cron:
        raise Unknown("schedule", "", None)
    return found


def _to_switch(web: Web, routine: str) -> RoutineSettings:
    found = web.context.calls.routine(routine)
    if not found.triggers.cron:
        raise Conflict("the routine has no schedule; there is nothing to pause")
    return found


def due_times(beats: list[Beat]) -> dict[str, float]:
    """The next due times that the scheduler has published, by routine."""
    for beat in beats:
        if beat.name == SCHEDULER:
            return dict(beat.detail.get("next") or {})
    return {}


def _one(routine: str) -> Answer:
    web = current()
    due, switches = due_times(web.store.status.beats()), web.store.switches.all()
    return answer(_shape(web, routine, scheduled(web, routine), due, switches, SHOWN))


def _shape(
    web: Web,
    name: str,
    one: RoutineSettings,
    due: Mapping[str, float],
    switches: Mapping[str, Switch],
    limit: int,
) -> dict[str, Any]:
    triggers, switch = one.triggers, switches.get(name, ON)
    runs = triggers.enabled and not switch.off
    return {
        "routine": name,
        "cron": triggers.cron,
        "timezone": triggers.timezone,
        "enabled": triggers.enabled,
        "paused_at": shapes.moment(switch.begun) if switch.off else None,
        "paused_by": switch.by if switch.off else None,
        "next_at": shapes.moment(due.get(name)) if runs else None,
        "fires": [shapes.fire(fire) for fire in web.store.schedules.page(name, limit=limit)],
    }

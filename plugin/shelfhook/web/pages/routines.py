"""`/routines`: what each does, when, and what became of its due times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint

from shelfhook.coalesce.calls import Call
from shelfhook.model import EventKind
from shelfhook.settings import RoutineSettings, listed
from shelfhook.store.switches import ON
from shelfhook.web.context import Web, current
from shelfhook.web.lean import Answer
from shelfhook.web.pages import access, fieldnames, forms, jobviews, schedules, words
from shelfhook.web.pages.rendering import after, page
from shelfhook.web.schedules import due_times, pause_it, resume_it

blueprint = Blueprint("page_routines", __name__)

FIRES = 10
"""Due times shown of each schedule."""
EVENTS: Final = {
    EventKind.LIBRARY_SCANNED: "after every scan of a library",
    EventKind.ITEM_ADDED: "when a book is added",
    EventKind.ITEM_CHANGED: "when a book has changed",
    EventKind.ITEM_REMOVED: "when a book is removed",
}
LOCKS: Final = {
    "respect": "Fields that you have locked are left alone.",
    "override": "Locked fields are written all the same.",
    "set": "Locked fields are left alone, and what it writes is locked.",
}


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action, with the parameters that are set."""

    name: str
    does: str
    parameters: tuple[tuple[str, str, str], ...]
    """Name, value, meaning."""


@dataclass(frozen=True, slots=True)
class RoutineView:
    """One routine."""

    name: str
    host: str
    where: str
    libraries: tuple[tuple[str, str], ...]
    """Ids and names that a run may be restricted to."""
    filters: tuple[tuple[str, str], ...]
    actions: tuple[ActionView, ...]
    starts: str
    enabled: bool
    dry_run: bool
    only_changed: bool
    locks: str
    workers: int
    schedule: schedules.ScheduleView | None
    fires: tuple[schedules.FireView, ...]


@blueprint.get("/routines")
def show() -> Answer:
    """All of them."""
    web = current()
    now, beats = web.clock.now(), web.store.status.beats()
    names, due = jobviews.Names(beats), due_times(beats)
    switches = web.store.switches.all()
    meanings = _manifest(web)
    given = _parameters(web)
    found = []
    for name, one in web.context.settings.routines.items():
        schedule = None
        if one.triggers.cron:
            schedule = schedules.view(name, one, due.get(name), switches.get(name, ON), now)
        found.append(_view(web, name, one, names, schedule, meanings, given))
    return page("routines.html", routines=found)


@blueprint.post("/routines/<name>/run")
def run(name: str) -> Answer:
    """Queue a job, or a dry run of one."""
    web = current()
    dry_run = forms.field("dry_run") == "yes"
    routine = web.context.calls.routine(name)
    library = forms.field("library")
    if library:
        library = web.libraries.require(routine.host, library)
    everything = forms.field("everything") == "yes"
    by = access.current_identity().name
    call = Call(name, library, dry_run=dry_run or None, everything=everything, by=by)
    job, created = web.context.calls.call(call)
    done = "dry-run" if dry_run else "run"
    return after(done if created else "joined", "page_job.show", job_id=job.id)


@blueprint.post("/routines/<name>/pause")
def pause(name: str) -> Answer:
    """Skip the schedule's due times from now on."""
    pause_it(name)
    return after("schedule-paused", "page_routines.show", _anchor=name)


@blueprint.post("/routines/<name>/resume")
def resume(name: str) -> Answer:
    """Let the schedule go on."""
    resume_it(name)
    return after("schedule-resumed", "page_routines.show", _anchor=name)


def _view(
    web: Web,
    name: str,
    one: RoutineSettings,
    names: jobviews.Names,
    schedule: schedules.ScheduleView | None,
    meanings: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, Mapping[str, str]],
) -> RoutineView:
    fires = web.store.schedules.page(name, limit=FIRES) if schedule else []
    return RoutineView(
        name=name,
        host=one.host,
        where=", ".join(one.libraries) or "all libraries",
        libraries=tuple(_choice(one, names)),
        filters=tuple(_filters(one)),
        actions=tuple(
            _action(action.name, meanings.get(action.name), given, f"routines.{name}.{place}")
            for place, action in enumerate(one.actions)
        ),
        starts=_starts(one),
        enabled=one.triggers.enabled,
        dry_run=one.dry_run,
        only_changed=one.only_changed,
        locks=LOCKS[one.locks],
        workers=one.workers,
        schedule=schedule,
        fires=tuple(schedules.fire(fire) for fire in fires),
    )


def _choice(one: RoutineSettings, names: jobviews.Names) -> list[tuple[str, str]]:
    """The libraries that a run may be restricted to."""
    known = names.of_host(one.host)
    return [pair for pair in known if not one.libraries or set(pair) & set(one.libraries)]


def _filters(one: RoutineSettings) -> list[tuple[str, str]]:
    chosen = (
        ("file name", one.filter.name),
        ("series", one.filter.series),
        ("state", ", ".join(one.filter.status)),
    )
    return [(name, value) for name, value in chosen if value]


def _starts(one: RoutineSettings) -> str:
    """What starts it besides its schedule."""
    return words.sentence(", ".join(EVENTS[kind] for kind in one.triggers.events))


def _action(
    name: str,
    known: Mapping[str, Any] | None,
    given: Mapping[str, Mapping[str, str]],
    place: str,
) -> ActionView:
    if known is None:  # from an installed package; its parameters may be secret
        return ActionView(name, "An action from an installed package.", ())
    properties = known.get("parameters", {}).get("properties", {})
    shown = tuple(
        (fieldnames.in_words(key), value, _meaning(properties, key))
        for key, value in given.get(place, {}).items()
    )
    return ActionView(name, str(known.get("description", "")), shown)


def _meaning(properties: Mapping[str, Any], key: str) -> str:
    top = key.partition(".")[0].partition("[")[0]
    return str(properties.get(top, {}).get("description", ""))


def _manifest(web: Web) -> Mapping[str, Mapping[str, Any]]:
    """What the manifest says of each action."""
    return {str(one["name"]): one for one in web.context.manifest.get("actions") or ()}


def _parameters(web: Web) -> dict[str, dict[str, str]]:
    """The parameters that are set, by `routines.<name>.<place of the action>`; secrets masked."""
    found: dict[str, dict[str, str]] = {}
    for entry in listed(web.context.settings):
        place, bracket, key = entry.key.removeprefix("actions[").partition("].")
        if entry.key.startswith("actions[") and bracket and key != "name":
            found.setdefault(f"{entry.table}.{place}", {})[key] = web.mask(entry.value)
    return found

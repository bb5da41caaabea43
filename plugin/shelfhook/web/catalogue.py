"""What there is: routines, hosts, events in the inbox, the manifest."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from shelfhook.settings import RoutineSettings
from shelfhook.web import shapes
from shelfhook.web.bodies import Query, query_as
from shelfhook.web.context import current
from shelfhook.web.etags import by_content
from shelfhook.web.health import hosts_of
from shelfhook.web.jobs import LAST, Limit, next_page
from shelfhook.web.lean import Answer, answer

blueprint = Blueprint("catalogue", __name__)


class EventsQuery(Query):
    """Which events to show; `before` is the cursor of the last page."""

    before: Annotated[int, Field(ge=1, le=LAST)] | None = None
    limit: Limit = 50
    state: Literal["waiting", "taken", "dropped"] | None = None


@blueprint.get("/manifest.json")
def manifest() -> Answer:
    """Who the plugin is and what it can do."""
    query_as(Query)
    return by_content(answer(current().context.manifest))


@blueprint.get("/api/v1/events")
def events() -> Answer:
    """The inbox, newest first."""
    query = query_as(EventsQuery)
    inbox = current().store.inbox
    found = inbox.page(before=query.before, limit=query.limit + 1, state=query.state or "")
    shown, more = found[: query.limit], len(found) > query.limit
    taken = inbox.jobs_of([one.seq for one in shown])
    return answer(
        {
            "events": [shapes.event(one, taken.get(one.seq, ())) for one in shown],
            "next": next_page("before", shown[-1].seq) if more else None,
        }
    )


@blueprint.get("/api/v1/hosts")
def hosts() -> Answer:
    """The hosts: how they are, their libraries, and where their events come from."""
    query_as(Query)
    web = current()
    beats = web.store.status.beats()
    told = {beat.name.removeprefix("host:"): beat.detail for beat in beats}
    return answer(
        {
            "hosts": [
                {
                    "name": name,
                    "kind": web.context.settings.hosts[name].kind,
                    **one,
                    "libraries": told.get(name, {}).get("libraries") or [],
                }
                for name, one in hosts_of(web, beats, web.clock.now()).items()
            ]
        }
    )


@blueprint.get("/api/v1/routines")
def routines() -> Answer:
    """The routines as they are configured."""
    query_as(Query)
    found = current().context.settings.routines
    return by_content(answer({"routines": [_routine(name, one) for name, one in found.items()]}))


def _routine(name: str, one: RoutineSettings) -> dict[str, Any]:
    """Without the actions' parameters: those of a foreign action may be secret."""
    return {
        "name": name,
        "host": one.host,
        "libraries": one.libraries,
        "filter": one.filter.model_dump(),
        "actions": [action.name for action in one.actions],
        "workers": one.workers,
        "priority": one.priority,
        "dry_run": one.dry_run,
        "triggers": one.triggers.model_dump(),
        "callbacks": [url.partition("?")[0] for url in one.callbacks],
        "notify": one.notify,
    }

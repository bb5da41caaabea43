"""Jobs: call a routine, look at what runs and ran."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import Blueprint, request
from pydantic import Field

from shelfhook.coalesce.calls import Call
from shelfhook.errors import Unknown
from shelfhook.model import Job, JobState, Outcome, Trigger
from shelfhook.settings.callbacks import MOST as MOST_CALLBACKS
from shelfhook.web import keys, shapes
from shelfhook.web.auth import current_identity
from shelfhook.web.bodies import Body, Query, body_as, query_as
from shelfhook.web.context import current
from shelfhook.web.etags import conditional
from shelfhook.web.lean import Answer, answer
from shelfhook.web.problems import Problem
from shelfhook.web.texts import WHOLE, Text

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v1/jobs")

JOB_ID = re.compile(r"[0-9a-f-]{8,36}")
PLACE = re.compile(r"[0-9]{1,9}")
MOST_ITEMS = 1_000
SEARCH = 200
"""Characters of the longest search."""
LAST = 2**63 - 1
"""The largest number that the database knows."""

Limit = Annotated[int, Field(ge=1, le=200)]
Chosen = Annotated[
    list[Annotated[Text, Field(min_length=1)]], Field(min_length=1, max_length=MOST_ITEMS)
]


class Wanted(Body):
    """What the seed's endpoint takes."""

    library: Text = ""
    dry_run: bool | None = None
    priority: Annotated[int, Field(ge=-100, le=100), WHOLE] | None = None
    everything: bool = False
    callbacks: Annotated[list[str], Field(max_length=MOST_CALLBACKS)] | None = None


class NewJob(Wanted):
    """What `POST /api/jobs` takes."""

    routine: Text
    items: Chosen | None = None


class JobsQuery(Query):
    """Which jobs to show; `before` is the cursor of the last page."""

    before: Annotated[int, Field(ge=1, le=LAST)] | None = None
    limit: Limit = 50
    state: tuple[JobState, ...] = ()
    routine: Text = ""
    host: Text = ""
    trigger: Trigger | None = None


class ItemsQuery(Query):
    """Which items to show; `after` is the last page's largest `seq`."""

    after: Annotated[int, Field(ge=-1, le=LAST)] = -1
    limit: Limit = 50
    outcome: Outcome | None = None
    search: Annotated[Text, Field(max_length=SEARCH, json_schema_extra={"maxLength": SEARCH})] = ""


@blueprint.post("/process-all")
def process_all() -> Answer:
    """Run the routine `process-all`."""
    wanted = body_as(Wanted)
    return _call("process-all", wanted, ())


@blueprint.post("")
def create() -> Answer:
    """Run a routine: 202 if its job is new, 200 if an equal one waits already."""
    wanted = body_as(NewJob)
    return _call(wanted.routine, wanted, tuple(dict.fromkeys(wanted.items or ())))


def _call(routine: str, wanted: Wanted, items: tuple[str, ...]) -> Answer:
    web = current()
    calls = web.context.calls
    library = wanted.library
    if library:
        library = web.libraries.require(calls.routine(routine).host, library)
    key = keys.given()
    call = Call(
        routine=routine,
        library=library,
        items=items,
        dry_run=wanted.dry_run,
        priority=wanted.priority,
        everything=wanted.everything,
        callbacks=_allowed(wanted.callbacks or []),
        by=current_identity().name,
        delivery=keys.delivery(key),
    )
    keys.refuse_elsewhere(web, key, calls.routine(routine).host)
    job, created = calls.call(call)
    wanted_again = calls.prepare(call)[0]
    if not created and not (keys.same(job, wanted_again) and keys.tells(web, job, wanted_again)):
        keys.refuse(key)
    return show(job, 202 if created else 200)


def _allowed(urls: list[str]) -> tuple[str, ...]:
    """The callbacks, each once, if all of them may be called."""
    settings = current().context.settings.callbacks
    for place, url in enumerate(urls):
        if wrong := settings.fault(url):
            raise Problem(400, wrong, field=f"callbacks.{place}")
    return tuple(dict.fromkeys(urls))


@blueprint.get("")
def page() -> Answer:
    """Jobs, newest first."""
    query = query_as(JobsQuery)
    web = current()
    found = web.store.jobs.page(
        before=query.before,
        limit=query.limit + 1,
        states=query.state,
        routine=query.routine,
        host=query.host,
        trigger=query.trigger,
    )
    shown, more = found[: query.limit], len(found) > query.limit
    now = web.clock.now()
    return answer(
        {
            "jobs": [shapes.job(job, now, request.script_root) for job in shown],
            "next": next_page("before", shown[-1].num) if more else None,
        }
    )


@blueprint.get("/<job_id>")
def one(job_id: str) -> Answer:
    """One job; its ETag is its version, which stays while only time passes."""
    query_as(Query)
    job = find(job_id)
    return conditional(show(job), f"{job.short}-{job.version}", weak=True)


@blueprint.get("/<job_id>/items")
def items(job_id: str) -> Answer:
    """Items of a job in order, each with its changes.

    A page of a search may be short, or empty, although `next` says that more may follow.
    """
    query = query_as(ItemsQuery)
    job = find(job_id)
    ledger = current().store.ledger
    found = ledger.page(
        job.num,
        outcome=query.outcome,
        search=query.search,
        after=query.after,
        limit=query.limit,
    )
    shown = found.items
    changes: dict[int, list[Any]] = {one.seq: [] for one in shown}
    for change in ledger.changes_of(job.num, list(changes)) if changes else ():
        changes[change.seq].append(change)
    return answer(
        {
            "items": [shapes.item(one, changes[one.seq]) for one in shown],
            "next": next_page("after", found.next) if found.next is not None else None,
        }
    )


@blueprint.get("/<job_id>/items/<seq>")
def item(job_id: str, seq: str) -> Answer:
    """One item of a job by its place in it."""
    query_as(Query)
    job = find(job_id)
    place = int(seq) if PLACE.fullmatch(seq) else -1
    ledger = current().store.ledger
    found = ledger.items(job.num, after=place - 1, limit=1) if place >= 0 else []
    if not found or found[0].seq != place:
        raise Unknown("item", seq[:9])
    return answer(shapes.item(found[0], ledger.changes_of(job.num, [place])))


def checked_id(job_id: str) -> str:
    """A job's id as the store may be asked for it.

    Raises:
        Unknown: no job can have this id.
    """
    if not JOB_ID.fullmatch(job_id.lower()):
        raise Unknown("job", "", None)
    return job_id.lower()


def find(job_id: str) -> Job:
    """A job by its id or the beginning of it.

    Raises:
        Unknown: there is no such job.
    """
    return current().store.jobs.get(checked_id(job_id))


def show(job: Job, status: int = 200, **more: object) -> Answer:
    """One job as an answer."""
    document = shapes.job(job, current().clock.now(), request.script_root) | more
    location = [("Location", document["links"]["self"])] if status == 202 else ()
    return answer(document, status, location)


def next_page(cursor: str, value: int | float | str) -> str:
    """The path of the page that follows."""
    query = [(name, given) for name, given in request.args.items(multi=True) if name != cursor]
    return f"{request.script_root}{request.path}?{urlencode([*query, (cursor, value)])}"

"""Jobs: call a routine, look at what runs and ran."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import Blueprint, request
from pydantic import Field

from shelfhook.coalesce.calls import Call
from shelfhook.errors import Unknown
from shelfhook.model import Job, JobRequest, JobState, Outcome, Trigger
from shelfhook.web import shapes
from shelfhook.web.bodies import Body, Query, body_as, query_as
from shelfhook.web.context import current
from shelfhook.web.lean import Answer, answer
from shelfhook.web.problems import Problem
from shelfhook.web.texts import Text, fault

blueprint = Blueprint("jobs", __name__, url_prefix="/api/jobs")

JOB_ID = re.compile(r"[0-9a-f-]{8,36}")
MOST_ITEMS = 1_000
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
    priority: Annotated[int, Field(ge=-100, le=100)] | None = None
    everything: bool = False


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
    search: Annotated[Text, Field(max_length=200)] = ""


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
    key = request.headers.get("Idempotency-Key", "")
    if wrong := fault(key):
        raise Problem(400, wrong, field="Idempotency-Key")
    call = Call(
        routine=routine,
        library=library,
        items=items,
        dry_run=wanted.dry_run,
        priority=wanted.priority,
        everything=wanted.everything,
        # Senders of webhooks choose their ids freely; a key must never meet one.
        delivery=f"key:{key}" if key else "",
    )
    job, created = calls.call(call)
    if key and not created and not _same(job, calls.prepare(call)[0]):
        raise Problem(
            422, "this key was used for another call; take a new one", field="Idempotency-Key"
        )
    return show(job, 202 if created else 200)


def _same(job: Job, wanted: JobRequest) -> bool:
    """Whether a job is what a call asks for."""
    of_job = (job.routine, job.library, job.dry_run, job.everything, set(job.items))
    return of_job == (
        wanted.routine,
        wanted.library,
        wanted.dry_run,
        wanted.everything,
        set(wanted.items),
    )


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
            "jobs": [shapes.job(job, now) for job in shown],
            "next": next_page("before", shown[-1].num) if more else None,
        }
    )


@blueprint.get("/<job_id>")
def one(job_id: str) -> Answer:
    """One job."""
    return show(find(job_id))


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
    document = shapes.job(job, current().clock.now()) | more
    return answer(document, status, [("Location", f"/api/jobs/{job.id}")] if status == 202 else ())


def next_page(cursor: str, value: int) -> str:
    """The path of the page that follows."""
    query = [(name, given) for name, given in request.args.items(multi=True) if name != cursor]
    return f"{request.path}?{urlencode([*query, (cursor, value)])}"

"""Cancel, pause, resume, retry, undo, apply: what somebody wants of a job; the engine grants it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from flask import Blueprint

from shelfhook.model import Job, Trigger, Wish
from shelfhook.web import keys
from shelfhook.web.auth import current_identity
from shelfhook.web.bodies import Body, Nothing, body_as
from shelfhook.web.context import Web, current
from shelfhook.web.health import alive
from shelfhook.web.jobs import checked_id, find, show
from shelfhook.web.lean import Answer

blueprint = Blueprint("wishes", __name__, url_prefix="/api/v1/jobs")

LOOK_EVERY = 0.02
PATIENCE = 5.0
"""Seconds for which a request waits until the engine has granted a wish."""


class Undo(Body):
    """What undo takes."""

    dry_run: bool = False


@blueprint.post("/<job_id>/cancel")
def cancel(job_id: str) -> Answer:
    """Stop a job: after the answer, at most the items that are running now still finish."""
    return _wish(job_id, Wish.CANCEL)


@blueprint.post("/<job_id>/pause")
def pause(job_id: str) -> Answer:
    """Begin no further item."""
    return _wish(job_id, Wish.PAUSE)


@blueprint.post("/<job_id>/resume")
def resume(job_id: str) -> Answer:
    """Go on with a paused job."""
    return _wish(job_id, Wish.RESUME)


@blueprint.post("/<job_id>/retry")
def retry(job_id: str) -> Answer:
    """Queue a job over the failed items of a finished one."""
    body_as(Nothing)
    calls = current().context.calls
    return _continue(job_id, Trigger.RETRY, partial(calls.retry, checked_id(job_id)))


@blueprint.post("/<job_id>/undo")
def undo(job_id: str) -> Answer:
    """Queue a job that takes back what this one has changed."""
    wanted = body_as(Undo)
    undo = partial(current().context.calls.undo, checked_id(job_id), dry_run=wanted.dry_run)
    return _continue(job_id, Trigger.UNDO, undo, dry_run=wanted.dry_run)


@blueprint.post("/<job_id>/apply")
def apply(job_id: str) -> Answer:
    """Queue a job that does what this dry run has shown."""
    body_as(Nothing)
    calls = current().context.calls
    return _continue(job_id, Trigger.APPLY, partial(calls.apply, checked_id(job_id)))


def _continue(
    job_id: str, trigger: Trigger, call: Callable[..., tuple[Job, bool]], *, dry_run: bool = False
) -> Answer:
    """Queue a job that follows from another; 202 if it is new, 200 if it was there already."""
    web, key, parent = current(), keys.given(), find(job_id)
    keys.refuse_elsewhere(web, key, parent.host)
    job, created = call(delivery=keys.delivery(key), by=current_identity().name)
    if key and not created and not keys.follows(job, parent, trigger, dry_run=dry_run):
        keys.refuse(key)
    return show(job, 202 if created else 200)


def _wish(job_id: str, wish: Wish) -> Answer:
    """200 once the wish is granted; 202 if the engine is down, busy, or too many wait already."""
    body_as(Nothing)
    web = current()
    by = current_identity().name
    job = web.store.jobs.wish(checked_id(job_id), wish, web.clock.now(), by)
    if not _granted(job) and alive(web.store.status.beats(), web.clock.now()):
        job = _wait(web, job)
    granted = _granted(job)
    return show(job, 200 if granted else 202, granted=granted)


def _granted(job: Job) -> bool:
    return job.wish is None or job.state.final


def _wait(web: Web, job: Job) -> Job:
    """Look again and again until the wish is granted, as long as patience and seats last."""
    seat = web.waits.take()
    if seat is None:
        return job
    with seat:
        until = web.clock.monotonic() + PATIENCE
        never = threading.Event()
        while not _granted(job) and web.clock.monotonic() < until and not web.closing.is_set():
            web.clock.wait(never, LOOK_EVERY)
            job = web.store.jobs.get(job.id)
    return job

"""Cancel, pause, resume, retry, undo, apply: what somebody wants of a job; the engine grants it."""

from __future__ import annotations

import threading

from flask import Blueprint

from shelfhook.model import Job, Wish
from shelfhook.web.bodies import Body, body_as
from shelfhook.web.context import Web, current
from shelfhook.web.health import alive
from shelfhook.web.jobs import checked_id, show
from shelfhook.web.lean import Answer

blueprint = Blueprint("wishes", __name__, url_prefix="/api/jobs")

LOOK_EVERY = 0.02
PATIENCE = 5.0
"""Seconds for which a request waits until the engine has granted a wish."""


class Nothing(Body):
    """These requests take no parameters."""


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
    job, created = current().context.calls.retry(checked_id(job_id))
    return show(job, 202 if created else 200)


@blueprint.post("/<job_id>/undo")
def undo(job_id: str) -> Answer:
    """Queue a job that takes back what this one has changed."""
    wanted = body_as(Undo)
    job, created = current().context.calls.undo(checked_id(job_id), dry_run=wanted.dry_run)
    return show(job, 202 if created else 200)


@blueprint.post("/<job_id>/apply")
def apply(job_id: str) -> Answer:
    """Queue a job that does what this dry run has shown."""
    body_as(Nothing)
    job, created = current().context.calls.apply(checked_id(job_id))
    return show(job, 202 if created else 200)


def _wish(job_id: str, wish: Wish) -> Answer:
    """200 once the wish is granted; 202 if the engine is down, busy, or too many wait already."""
    body_as(Nothing)
    web = current()
    job = web.store.jobs.wish(checked_id(job_id), wish, web.clock.now())
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

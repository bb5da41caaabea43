"""What the buttons of a job do: the same as the calls of the API, and back to the page."""

from __future__ import annotations

from flask import Blueprint

from shelfhook.model import Job, Wish
from shelfhook.web.context import current
from shelfhook.web.jobs import checked_id
from shelfhook.web.lean import Answer
from shelfhook.web.pages import access, forms
from shelfhook.web.pages.rendering import after

blueprint = Blueprint("page_job_forms", __name__)


@blueprint.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> Answer:
    """End the job."""
    return _wish(job_id, Wish.CANCEL)


@blueprint.post("/jobs/<job_id>/pause")
def pause(job_id: str) -> Answer:
    """Begin no further item."""
    return _wish(job_id, Wish.PAUSE)


@blueprint.post("/jobs/<job_id>/resume")
def resume(job_id: str) -> Answer:
    """Go on."""
    return _wish(job_id, Wish.RESUME)


@blueprint.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> Answer:
    """Queue a job over the failed items."""
    return _follow("retry", *current().context.calls.retry(checked_id(job_id), by=_asker()))


@blueprint.post("/jobs/<job_id>/apply")
def apply(job_id: str) -> Answer:
    """Queue a job that does what this dry run has shown."""
    return _follow("apply", *current().context.calls.apply(checked_id(job_id), by=_asker()))


@blueprint.post("/jobs/<job_id>/undo")
def undo(job_id: str) -> Answer:
    """Queue a job that takes this one back, or shows what that would do."""
    dry_run = forms.field("dry_run") == "yes"
    done = "undo-dry-run" if dry_run else "undo"
    undo = current().context.calls.undo
    return _follow(done, *undo(checked_id(job_id), dry_run=dry_run, by=_asker()))


def _wish(job_id: str, wish: Wish) -> Answer:
    """Write it down; the page shows when the engine has granted it, and no thread waits."""
    web = current()
    job = web.store.jobs.wish(checked_id(job_id), wish, web.clock.now(), _asker())
    return after(str(wish), "page_job.show", job_id=job.id)


def _follow(done: str, job: Job, created: bool) -> Answer:
    return after(done if created else "joined", "page_job.show", job_id=job.id)


def _asker() -> str:
    """The name of who presses the button, for the job and its log."""
    return access.current_identity().name

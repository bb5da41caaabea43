"""`/jobs`: all jobs, newest first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for

from shelfhook.model import JobState
from shelfhook.web.context import current
from shelfhook.web.lean import Answer
from shelfhook.web.pages import forms, jobviews, words
from shelfhook.web.pages.rendering import page

blueprint = Blueprint("page_jobs", __name__)

PAGE = 25


@blueprint.get("/jobs")
def listed() -> Answer:
    """One page of them, of a state or a routine if wanted."""
    before = forms.whole("before")
    state: JobState | None = forms.one_of("state", JobState)
    routine = forms.text("routine")
    web = current()
    now, beats = web.clock.now(), web.store.status.beats()
    names = jobviews.Names(beats)
    found = web.store.jobs.page(
        before=before, limit=PAGE + 1, states=(state,) if state else (), routine=routine
    )
    shown = found[:PAGE]
    chosen: dict[str, Any] = {"state": str(state) if state else None, "routine": routine or None}
    older = url_for("page_jobs.listed", before=shown[-1].num, **chosen) if found[PAGE:] else ""
    return page(
        "jobs.html",
        jobs=[jobviews.view(job, names, now) for job in shown],
        states=[(str(one), name) for one, (name, _) in words.STATES.items()],
        state=str(state or ""),
        routines=sorted(web.context.settings.routines),
        routine=routine,
        older=older,
        newest=url_for("page_jobs.listed", **chosen) if before is not None else "",
        filtered=bool(state or routine),
    )

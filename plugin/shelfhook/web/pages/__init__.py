"""The dashboard: pages made on the server, for people."""

from __future__ import annotations

from flask import Flask

from shelfhook.web.pages import (
    assets,
    findings,
    hosts,
    inbox,
    job,
    job_forms,
    jobs,
    overview,
    quarantine,
    rendering,
    routines,
    settings,
)

ROOMS = (overview, jobs, job, job_forms, inbox, routines, hosts, findings, quarantine, settings)


def install(app: Flask) -> None:
    """Add every page, the static files, and errors as pages."""
    rendering.install(app)
    app.register_blueprint(assets.blueprint)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)

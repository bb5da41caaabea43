"""`/hosts`: the media servers."""

from __future__ import annotations

from flask import Blueprint

from shelfhook.web.context import current
from shelfhook.web.health import alive
from shelfhook.web.lean import Answer
from shelfhook.web.pages import hostviews
from shelfhook.web.pages.rendering import page

blueprint = Blueprint("page_hosts", __name__)


@blueprint.get("/hosts")
def show() -> Answer:
    """All of them."""
    web = current()
    now, beats = web.clock.now(), web.store.status.beats()
    return page("hosts.html", hosts=hostviews.views(web, beats, now), engine=alive(beats, now))

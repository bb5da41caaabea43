"""`/quarantine`: books that failed again and again; left out until somebody releases them."""

from __future__ import annotations

from flask import Blueprint, request, url_for

from shelfhook.errors import Unknown
from shelfhook.web.context import current
from shelfhook.web.lean import Answer
from shelfhook.web.pages import forms, words
from shelfhook.web.pages.rendering import after, page

blueprint = Blueprint("page_quarantine", __name__)

PAGE = 50


@blueprint.get("/quarantine")
def show() -> Answer:
    """One page of them."""
    web = current()
    least = web.context.settings.engine.quarantine_after
    place = (forms.text("host"), forms.text("routine"), forms.text("item"))
    found = web.store.states.failing(least, limit=PAGE + 1, after=place) if least else []
    shown = found[:PAGE]
    more = ""
    if found[PAGE:]:
        last = shown[-1]
        more = url_for(
            "page_quarantine.show", host=last.host, routine=last.routine, item=last.item_id
        )
    return page(
        "quarantine.html",
        items=[(one, words.moment(one.since)) for one in shown],
        least=least,
        more=more,
        first=url_for("page_quarantine.show") if request.args.get("item") else "",
    )


@blueprint.post("/quarantine/release")
def release() -> Answer:
    """Let a book be tried again."""
    web = current()
    host, item, routine = forms.field("host"), forms.field("item"), forms.field("routine")
    web.context.settings.host(host)
    if not web.store.states.release(host, item, routine):
        raise Unknown("item", item)
    return after("release", "page_quarantine.show")

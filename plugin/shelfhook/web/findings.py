"""What audits have found, and items that are set aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request, stream_with_context
from pydantic import Field

from shelfhook.errors import Unknown
from shelfhook.model import Severity
from shelfhook.reports import MEDIA_TYPES, Kind, render
from shelfhook.store.findings import Found, Wanted
from shelfhook.store.item_states import Failing
from shelfhook.web import shapes
from shelfhook.web.bodies import Body, Query, body_as, query_as
from shelfhook.web.context import current
from shelfhook.web.jobs import LAST, Limit, find, next_page
from shelfhook.web.lean import Answer, answer
from shelfhook.web.texts import Text

blueprint = Blueprint("findings", __name__, url_prefix="/api")

STYLED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""The report carries its own style sheet, and nothing that runs."""


class Chosen(Query):
    """Which findings."""

    job: Text = ""
    severity: Severity | None = None
    code: Text = ""
    item: Text = ""


class Listed(Chosen):
    """One page of them; `after` is the last page's largest id."""

    after: Annotated[int, Field(ge=0, le=LAST)] = 0
    limit: Limit = 50


class Export(Chosen):
    """All of them, in a form to keep."""

    format: Kind = "csv"


class Aside(Query):
    """Which items that are set aside; the three name the last one of the page before."""

    after_host: Text = ""
    after_routine: Text = ""
    after: Text = ""
    limit: Limit = 50


class Released(Body):
    """Which item to release; without a routine for all of them."""

    host: Text
    item: Annotated[Text, Field(min_length=1)]
    routine: Text = ""


@blueprint.get("/findings")
def listed() -> Answer:
    """Findings in the order they were recorded, with how many there are of each code."""
    query = query_as(Listed)
    wanted = _wanted(query, query.after)
    findings = current().store.findings
    found = findings.page(wanted, query.limit + 1)
    shown, more = found[: query.limit], len(found) > query.limit
    counts = findings.counts(wanted)
    return answer(
        {
            "findings": [_shape(one) for one in shown],
            "counts": [
                {"severity": severity, "code": code, "count": count}
                for (severity, code), count in sorted(counts.items())
            ],
            "next": next_page("after", shown[-1].id) if more else None,
        }
    )


@blueprint.get("/findings/export")
def export() -> Response:
    """All findings as a file, made as it is sent."""
    query = query_as(Export)
    rows = current().store.findings.rows(_wanted(query))
    made = Answer(
        stream_with_context(_encoded(render(rows, query.format))),
        content_type=MEDIA_TYPES[query.format],
    )
    made.headers["Content-Disposition"] = f'inline; filename="findings.{query.format}"'
    if query.format == "html":
        made.headers["Content-Security-Policy"] = STYLED
    return made


@blueprint.get("/quarantine")
def quarantine() -> Answer:
    """Items that failed in so many jobs in a row that they are set aside."""
    query = query_as(Aside)
    web = current()
    least = web.context.settings.engine.quarantine_after
    place = (query.after_host, query.after_routine, query.after)
    limit = query.limit
    found = web.store.states.failing(least, limit=limit + 1, after=place) if least else []
    shown, more = found[:limit], len(found) > limit
    return answer(
        {
            "items": [_aside(one) for one in shown],
            "next": _after(shown[-1], limit) if more else None,
        }
    )


@blueprint.post("/quarantine/release")
def release() -> Answer:
    """Let an item be tried again by the next job that meets it."""
    wanted = body_as(Released)
    web = current()
    web.context.settings.host(wanted.host)
    if not web.store.states.release(wanted.host, wanted.item, wanted.routine):
        raise Unknown("item", wanted.item)
    return answer({"released": wanted.item})


def _encoded(parts: Iterable[str]) -> Iterator[bytes]:
    for part in parts:
        yield part.encode("utf-8", "backslashreplace")


def _wanted(query: Chosen, after: int = 0) -> Wanted:
    num = find(query.job).num if query.job else None
    return Wanted(num, str(query.severity or ""), query.code, query.item, after)


def _shape(found: Found) -> dict[str, Any]:
    return {
        "id": found.id,
        "job": found.job,
        "host": found.host,
        "library": found.library or None,
        "item": found.item_id,
        "name": found.name,
        "series": found.series or None,
        "series_title": found.series_title or None,
        **asdict(found.finding),
    }


def _after(one: Failing, limit: int) -> str:
    place = {"after_host": one.host, "after_routine": one.routine, "after": one.item_id}
    return f"{request.path}?{urlencode(place | {'limit': limit})}"


def _aside(one: Failing) -> dict[str, Any]:
    return {**asdict(one), "since": shapes.moment(one.since)}

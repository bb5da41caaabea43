"""What was recorded to be looked at: a job's course and log, deliveries that were turned away."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field

from shelfhook.web.bodies import Query, query_as
from shelfhook.web.context import current
from shelfhook.web.jobs import LAST, Limit, find, next_page
from shelfhook.web.lean import Answer, answer
from shelfhook.web.shapes import API, moment

blueprint = Blueprint("records", __name__, url_prefix=API)

TIMES = frozenset({"at", "last_at"})


class LogQuery(Query):
    """Which lines; `after` is the last page's largest id."""

    after: Annotated[int, Field(ge=0, le=LAST)] = 0
    limit: Limit = 50


class Newest(Query):
    """Which rejections; `before` is the last page's smallest id."""

    before: Annotated[int, Field(ge=1, le=LAST)] | None = None
    limit: Limit = 50


@blueprint.get("/jobs/<job_id>/samples")
def samples(job_id: str) -> Answer:
    """How a job went along: done, failed and limit over time; a few hundred points at most."""
    query_as(Query)
    found = current().store.samples.of(find(job_id).num)
    return answer({"samples": [_shape(one) for one in found]})


@blueprint.get("/jobs/<job_id>/log")
def log(job_id: str) -> Answer:
    """A job's own log, in order."""
    query = query_as(LogQuery)
    num = find(job_id).num
    found = current().store.job_log.page(num, after=query.after, limit=query.limit + 1)
    shown, more = found[: query.limit], len(found) > query.limit
    following = next_page("after", shown[-1].id) if more else None
    return answer({"lines": [_shape(one) for one in shown], "next": following})


@blueprint.get("/inbox/rejections")
def rejections() -> Answer:
    """Deliveries that were turned away, newest first."""
    query = query_as(Newest)
    web = current()
    web.refusals.flush(wait=True)
    found = web.store.rejections.page(before=query.before, limit=query.limit + 1)
    shown, more = found[: query.limit], len(found) > query.limit
    following = next_page("before", shown[-1].id) if more else None
    return answer({"rejections": [_shape(one) for one in shown], "next": following})


def _shape(one: Any) -> dict[str, Any]:
    return {name: moment(value) if name in TIMES else value for name, value in asdict(one).items()}

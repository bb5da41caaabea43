"""`/jobs/<id>`: one job, its items and what is different about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, url_for

from shelfhook.errors import Unknown
from shelfhook.model import Job, LedgerItem, Outcome
from shelfhook.store.findings import Wanted
from shelfhook.store.job_log import MOST
from shelfhook.store.ledger import ItemPage
from shelfhook.web.context import Web, current
from shelfhook.web.jobs import find
from shelfhook.web.lean import Answer
from shelfhook.web.pages import chart, diff, forms, jobviews, powers, words
from shelfhook.web.pages.rendering import page

blueprint = Blueprint("page_job", __name__)

PAGE = 25
MOST_CHANGES = 400
"""Changes that a page shows at most, of all its items."""
LINES = MOST + 2
"""The whole log: beside `MOST` lines how many more there were, and how the job ended."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item: how it ended, and what is different about it."""

    seq: int
    id: str
    name: str
    outcome: str
    tone: str
    reason: str
    attempts: int
    took: str
    changes: tuple[diff.ChangeView, ...]
    about: str


@dataclass(frozen=True, slots=True)
class OutcomeLink:
    """A count that shows its items."""

    name: str
    label: str
    tone: str
    count: str
    url: str
    chosen: bool


@blueprint.get("/jobs/<job_id>")
def show(job_id: str) -> Answer:
    """The whole page."""
    outcome: Outcome | None = forms.one_of("outcome", Outcome)
    search, after = forms.text("search"), forms.whole("after", -1)
    web = current()
    job = find(job_id)
    now, beats = web.clock.now(), web.store.status.beats()
    found = _found(web, job, outcome, search, -1 if after is None else after)
    chosen: dict[str, Any] = {"job_id": job.id, "outcome": outcome, "search": search or None}
    return page(
        "job.html",
        job=jobviews.view(job, jobviews.Names(beats), now),
        powers=powers.of(job),
        outcomes=_outcomes(job, outcome),
        items=_items(web, job, found.items),
        more=url_for("page_job.show", after=found.next, **chosen) if found.next is not None else "",
        first=url_for("page_job.show", **chosen) if after != -1 else "",
        search=search,
        outcome=str(outcome or ""),
        chart=chart.draw(web.store.samples.of(job.num)),
        log=[
            (line, words.moment(line.at)) for line in web.store.job_log.page(job.num, limit=LINES)
        ],
        parent=_parent(web, job),
        findings=bool(web.store.findings.page(Wanted(job.num), 1)),
    )


def _found(web: Web, job: Job, outcome: Outcome | None, search: str, after: int) -> ItemPage:
    """One page; where the job's own row knows that there are none, nobody looks."""
    if outcome is not None and not getattr(job.counts, outcome):
        return ItemPage([], None)
    return web.store.ledger.page(job.num, outcome=outcome, search=search, after=after, limit=PAGE)


def _items(web: Web, job: Job, shown: Sequence[LedgerItem]) -> list[ItemView]:
    changes: dict[int, list[diff.ChangeView]] = {one.seq: [] for one in shown}
    found = web.store.ledger.changes_of(job.num, list(changes)) if shown else []
    for change in found[:MOST_CHANGES]:
        changes[change.seq].append(diff.view(change))
    return [_item(one, tuple(changes[one.seq]), live=not job.state.final) for one in shown]


def _item(one: LedgerItem, changes: tuple[diff.ChangeView, ...], *, live: bool) -> ItemView:
    waiting = ("waiting", "quiet") if live else ("not reached", "quiet")
    outcome, tone = words.OUTCOMES[one.outcome] if one.outcome else waiting
    return ItemView(
        seq=one.seq,
        id=one.item.id,
        name=one.item.name or one.item.id,
        outcome=outcome,
        tone=tone,
        reason=one.reason,
        attempts=one.attempts,
        took=f"{one.seconds:.2f} s" if one.outcome and one.seconds else "",
        changes=changes,
        about=diff.labels(changes),
    )


def _outcomes(job: Job, chosen: Outcome | None) -> list[OutcomeLink]:
    """The counts as links; those that are nought are left out, unless one is chosen."""
    return [
        OutcomeLink(
            str(outcome),
            label,
            tone,
            words.number(getattr(job.counts, outcome)),
            url_for("page_job.show", job_id=job.id, outcome=str(outcome)),
            outcome is chosen,
        )
        for outcome, (label, tone) in words.OUTCOMES.items()
        if getattr(job.counts, outcome) or outcome is chosen
    ]


def _parent(web: Web, job: Job) -> Job | None:
    """The job that this one retries, undoes or applies, if it is still kept."""
    try:
        return web.store.jobs.get(job.parent) if job.parent else None
    except Unknown:
        return None

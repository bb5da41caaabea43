"""`/findings`: what audits have found, to look through and to take along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, url_for

from shelfhook.model import Severity
from shelfhook.store.findings import Found, Wanted
from shelfhook.web.context import current
from shelfhook.web.jobs import find
from shelfhook.web.lean import Answer
from shelfhook.web.pages import forms, jobviews
from shelfhook.web.pages.rendering import page

blueprint = Blueprint("page_findings", __name__)

PAGE = 50
SEVERITIES: Final = {
    Severity.ERROR: ("error", "bad"),
    Severity.WARNING: ("warning", "warn"),
    Severity.INFO: ("hint", "info"),
}
FORMATS: Final = (("csv", "CSV"), ("json", "JSON"), ("html", "Web page"))


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding."""

    id: int
    severity: str
    tone: str
    code: str
    message: str
    remedy: str
    place: str
    name: str
    series: str
    library: str
    host: str
    job: str


@blueprint.get("/findings")
def listed() -> Answer:
    """One page of them; without a job those that hold now."""
    severity: Severity | None = forms.one_of("severity", Severity)
    code, of_job, after = forms.text("code"), forms.text("job"), forms.whole("after", 0)
    web = current()
    job = find(of_job) if of_job else None
    wanted = Wanted(job.num if job else None, str(severity or ""), code, "", after or 0)
    found = web.store.findings.page(wanted, PAGE + 1)
    names = jobviews.Names(web.store.status.beats())
    chosen: dict[str, Any] = {
        "severity": str(severity) if severity else None,
        "code": code or None,
        "job": job.id if job else None,
    }
    shown = found[:PAGE]
    more = url_for("page_findings.listed", after=shown[-1].id, **chosen) if found[PAGE:] else ""
    return page(
        "findings.html",
        findings=[_view(one, names) for one in shown],
        severities=[(str(one), name) for one, (name, _) in SEVERITIES.items()],
        severity=str(severity or ""),
        code=code,
        job=job,
        more=more,
        first=url_for("page_findings.listed", **chosen) if after else "",
        exports=[(n, url_for("findings.export", format=f, **chosen)) for f, n in FORMATS],
        filtered=bool(severity or code or job),
        audits=any(
            action.name == "audit"
            for routine in web.context.settings.routines.values()
            for action in routine.actions
        ),
    )


def _view(one: Found, names: jobviews.Names) -> FindingView:
    severity, tone = SEVERITIES[one.finding.severity]
    return FindingView(
        id=one.id,
        severity=severity,
        tone=tone,
        code=one.finding.code,
        message=one.finding.message,
        remedy=one.finding.remedy,
        place=one.finding.place,
        name=one.name or one.item_id,
        series=one.series_title,
        library=names.library(one.host, one.library) if one.library else "",
        host=one.host,
        job=one.job,
    )

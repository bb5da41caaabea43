"""HTML from templates: always escaped, under a policy that lets nothing but our own files run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from shelfhook.web.lean import Answer
from shelfhook.web.pages import access, assets
from shelfhook.web.problems import PROBLEM_JSON

HTML: Final = "text/html; charset=utf-8"
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PROGRAMS: Final = ("/api/", "/hooks/", "/health", "/metrics", "/manifest.json", "/static/")
"""Paths that programs ask; their errors stay problem documents."""
UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
NAVIGATION: Final = (
    ("page_overview.show", "Overview", "home"),
    ("page_jobs.listed", "Jobs", "jobs"),
    ("page_inbox.show", "Inbox", "inbox"),
    ("page_routines.show", "Routines", "clock"),
    ("page_hosts.show", "Hosts", "server"),
    ("page_findings.listed", "Findings", "flag"),
    ("page_quarantine.show", "Quarantine", "shield"),
    ("page_settings.show", "Settings", "gear"),
)
GOVERNED: Final = ("page_settings.show",)
"""Pages of admins alone."""
DONE: Final = {
    "run": "The job is queued; it starts as soon as there is room.",
    "joined": "An equal job was waiting already; nothing was added.",
    "dry-run": "The dry run is queued. It shows every change and makes none.",
    "cancel": "Cancelling: books that are being worked on right now are finished, no more begin.",
    "pause": "Pausing: books that are being worked on right now are finished.",
    "resume": "The job goes on.",
    "retry": "A new job tries the failed books again. This is it.",
    "apply": "A new job makes the changes that the dry run has shown. This is it.",
    "undo": "A new job puts back what the other has changed. This is it.",
    "undo-dry-run": "A dry run of the undo is queued. This is it.",
    "signed-out": "You are signed out.",
    "saved": "Saved.",
    "password": "The password is changed; other browsers are signed out.",
    "ended": "That browser is signed out.",
    "release": "Released: the next job that meets the book tries it again.",
    "schedule-paused": "The schedule is paused. Due times are noted as skipped until you resume.",
    "schedule-resumed": "The schedule is on again.",
}
"""What a page says after an action, by the code in its address; no cookie is needed."""


def printable(value: Any) -> Any:
    """What may stand in a page: characters that no text needs become visible replacements."""
    if type(value) is str and UNPRINTABLE.search(value):
        return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def page(template: str, status: int = 200, **view: Any) -> Answer:
    """A page as an answer."""
    return html(render_template(template, **view), status)


def html(text: str, status: int = 200) -> Answer:
    """HTML under the policy."""
    headers = [
        ("Content-Security-Policy", POLICY),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "same-origin"),  # else our own forms come from an Origin "null"
    ]
    return Answer(text.encode("utf-8", "replace"), status, headers, HTML)


def after(done: str, endpoint: str, **values: Any) -> Answer:
    """Where the browser goes after a form was sent; the page there says what was done."""
    place = url_for(endpoint, did=done, **values)
    return Answer(b"", 303, [("Location", place)], HTML)


def install(app: Flask) -> None:
    """What every template knows, and errors as pages for people."""
    app.jinja_options = {
        "autoescape": True,
        "finalize": printable,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    app.extensions[assets.EXTENSION] = assets.read()
    app.jinja_env.globals.update(asset=assets.asset, csrf_token=access.csrf_token)
    app.context_processor(_known)
    app.after_request(_for_people)


def _known() -> dict[str, object]:
    identity = access.current_identity()
    return {
        "identity": identity,
        "may_operate": access.may_operate(),
        "navigation": [one for one in NAVIGATION if one[0] not in GOVERNED or access.may_govern()],
        "endpoints": current_app.view_functions,  # some come with the sign-in
        "done": DONE.get(request.args.get("did", ""), ""),
        "script_root": request.script_root,
    }


def _for_people(answer: Response) -> Response:
    """An error at a page's address becomes a page."""
    if answer.status_code < 400 or answer.mimetype != PROBLEM_JSON or _is_program():
        return answer
    problem = json.loads(answer.get_data())
    made = page("error.html", answer.status_code, problem=problem)
    for name, value in answer.headers:
        if name in ("WWW-Authenticate", "Retry-After", "Allow"):
            made.headers[name] = value
    return made


def _is_program() -> bool:
    accepted: Callable[[list[str]], str | None] = request.accept_mimetypes.best_match
    return request.path.startswith(PROGRAMS) or (
        accepted(["application/json", "text/html"]) != "text/html"
    )

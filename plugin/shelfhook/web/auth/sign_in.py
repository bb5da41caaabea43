"""`/sign-in` and `/sign-out`: by token, by name and password, by a link that works once."""

from __future__ import annotations

import logging
from typing import Final

from flask import Blueprint, request

from shelfhook.model import Person, person_name
from shelfhook.web.auth import cookies, forms
from shelfhook.web.auth.attempts import name_key
from shelfhook.web.auth.identity import Identity
from shelfhook.web.auth.rights import LOOK
from shelfhook.web.context import Web, current
from shelfhook.web.lean import Answer

log = logging.getLogger(__name__)
blueprint = Blueprint("sign_in", __name__)

WRONG: Final = "Name and password, or the token, do not fit. Look at them again."
"""The same whatever is wrong: a stranger must not learn which names exist."""
NOBODYS: Final = 12.0
"""Hours of a session that is nobody's by name: no list shows it, so that nobody could end it."""
STALE: Final = "This link has been used, or is too old. Ask for a new one."


@blueprint.get("/sign-in")
def show() -> Answer:
    """The form."""
    return forms.page("sign_in.html", next=forms.local(request.args.get("next", "")), fault="")


@blueprint.post("/sign-in")
def enter() -> Answer:
    """Sign in with what the form holds."""
    web, place = current(), forms.local(request.form.get("next", ""))
    token, name = forms.word("token").strip(), forms.word("name")
    counted = forms.keys() if token else forms.keys(name_key(name.strip().casefold()))
    if wait := web.doors.attempts.take(counted):
        return _again(place, _later(wait), 429, [("Retry-After", str(int(wait) + 1))])
    found = _of_token(web, token) if token else _of_person(web, name, forms.word("password"))
    if found is None:
        web.doors.attempts.failed()
        log.warning("A sign-in from %s failed", request.environ.get("REMOTE_ADDR", "?"))
        return _again(place, WRONG, 401)
    web.doors.attempts.succeeded(counted)
    if isinstance(found, Identity):
        return forms.signed_in(web, place, name=found.name, role=found.role, token=found.token)
    return _as_person(web, place, found)


@blueprint.get("/sign-in/<secret>")
def show_link(secret: str) -> Answer:
    """A button. Only pressing it uses the link up: mail programs look at links by themselves."""
    web = current()
    good = web.store.sessions.link_is_good(secret, web.clock.now())
    return forms.page("sign_in_link.html", 200 if good else 410, fault="" if good else STALE)


@blueprint.post("/sign-in/<secret>")
def use_link(secret: str) -> Answer:
    """Use the link up."""
    web = current()
    found = web.store.sessions.use_link(secret, web.clock.now())
    if found is None:
        return forms.page("sign_in_link.html", 410, fault=STALE)
    person, role = found
    place = forms.local("")
    if person:
        return _as_person(web, place, web.store.people.get(person))
    return forms.signed_in(web, place, name="sign-in link", role=role, hours=NOBODYS)


@blueprint.post("/sign-out")
def leave() -> Answer:
    """End the session."""
    web = current()
    forms.end_session(web)
    answer = forms.go(request.script_root + "/sign-in?did=signed-out")
    cookies.drop_session(answer, request.environ, web.doors.secure(request.environ))
    return answer


def _of_token(web: Web, token: str) -> Identity | None:
    """Whose token it is; one that could not even look at a page is none for browsers."""
    found = web.doors.by_token(token)
    return found if found is not None and LOOK.met_by(found) else None


def _of_person(web: Web, name: str, password: str) -> Person | None:
    """Whose name and password they are; a name that is none takes as long as another."""
    try:
        plain = person_name(name)
    except ValueError:
        plain = ""
    with forms.hashing():
        return web.store.people.check(plain, password)


def _as_person(web: Web, place: str, person: Person) -> Answer:
    web.store.people.seen(person.name, web.clock.now())
    return forms.signed_in(web, place, name=person.name, role=person.role, person=person.name)


def _again(
    place: str, fault: str, status: int, headers: list[tuple[str, str]] | None = None
) -> Answer:
    answer = forms.page("sign_in.html", status, next=place, fault=fault)
    answer.headers.extend(headers or [])
    return answer


def _later(wait: float) -> str:
    minutes = max(1, round(wait / 60))
    return f"Too many attempts. Try again in {minutes} minute{'s' if minutes > 1 else ''}."

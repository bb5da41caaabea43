"""`/account`: one's own password and sessions."""

from __future__ import annotations

from flask import Blueprint, request

from shelfhook.model import Session
from shelfhook.store import passwords
from shelfhook.web.auth import forms
from shelfhook.web.auth.attempts import name_key
from shelfhook.web.auth.identity import Identity, current_identity
from shelfhook.web.context import Web, current
from shelfhook.web.lean import Answer
from shelfhook.web.problems import Problem

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
def show() -> Answer:
    """Who one is, and where one is signed in."""
    return _page()


@blueprint.post("/account/password")
def change_password() -> Answer:
    """Change one's own password; all other sessions end."""
    web, identity = current(), current_identity()
    faults = _change(web, identity)
    if faults:
        return _page(422, faults)
    web.doors.forget()
    return forms.go(request.script_root + "/account?did=password")


@blueprint.post("/account/sessions/<session_id>/end")
def end_session(session_id: str) -> Answer:
    """End one of one's own sessions."""
    web, identity = current(), current_identity()
    if session_id not in {one.id for one in _sessions(web, identity)}:
        raise Problem(404, "you have no such session; load the page again")
    web.store.sessions.end(session_id)
    web.doors.forget()
    return forms.go(request.script_root + "/account?did=ended")


def _change(web: Web, identity: Identity) -> forms.Faults:
    """Change the password, or say what is wrong."""
    if not identity.person or not web.store.people.get(identity.person).has_password:
        raise Problem(409, "you sign in without a password; an admin can give you one")
    new = forms.word("new")
    if wrong := passwords.fault(new):
        return [("new", f"The new password {wrong}.")]
    if new != forms.word("again"):
        return [("again", "The two new passwords differ.")]
    counted = forms.keys(name_key(identity.person))
    if web.doors.attempts.take(counted):
        raise Problem(429, "too many attempts; try again later", headers=[("Retry-After", "60")])
    with forms.hashing():
        if web.store.people.check(identity.person, forms.word("password")) is None:
            web.doors.attempts.failed()
            return [("password", "This is not your present password.")]
        web.doors.attempts.succeeded(counted)
        web.store.people.set_password(identity.person, new, keep=identity.session)
    return []


def _sessions(web: Web, identity: Identity) -> list[Session]:
    if not identity.person:
        return []
    return web.store.sessions.of(identity.person, web.clock.now(), web.doors.idle)


def _page(status: int = 200, faults: forms.Faults = ()) -> Answer:
    web, identity = current(), current_identity()
    person = web.store.people.get(identity.person) if identity.person else None
    return forms.page(
        "account.html",
        status,
        person=person,
        sessions=_sessions(web, identity),
        faults=faults,
        did=request.args.get("did", ""),
        shortest=passwords.SHORTEST,
    )

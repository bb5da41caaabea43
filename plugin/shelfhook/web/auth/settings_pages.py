"""`/settings/people` and `/settings/tokens`: what an admin does by clicking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from shelfhook.errors import Conflict, Unknown
from shelfhook.model import Role, Scope
from shelfhook.store import passwords
from shelfhook.web.auth import forms, governing
from shelfhook.web.context import current
from shelfhook.web.guard import govern
from shelfhook.web.lean import Answer
from shelfhook.web.problems import Problem

blueprint = Blueprint("sign_in_settings", __name__, url_prefix="/settings")
blueprint.before_request(govern)


@blueprint.get("/people")
def people() -> Answer:
    """Everybody, and the form to add somebody."""
    return _people()


@blueprint.post("/people")
def add_person() -> Answer:
    """Add somebody."""
    return _done(
        "people",
        lambda: governing.add_person(
            forms.field("name"), forms.role_in(forms.field("role")), forms.word("password")
        ),
        _people,
    )


@blueprint.post("/people/<name>/role")
def set_role(name: str) -> Answer:
    """Change somebody's role."""
    role = forms.role_in(forms.field("role"))
    return _done("people", lambda: governing.set_role(name, role), _people)


@blueprint.post("/people/<name>/password")
def set_password(name: str) -> Answer:
    """Give somebody a new password."""
    password = forms.word("password")
    return _done("people", lambda: governing.set_password(name, password), _people)


@blueprint.post("/people/<name>/remove")
def remove_person(name: str) -> Answer:
    """Remove somebody."""
    return _done("people", lambda: governing.remove_person(name), _people)


@blueprint.post("/people/<name>/link")
def make_link(name: str) -> Answer:
    """Make a one-time link for somebody; it is shown in this answer and never again."""
    secret = governing.make_link(name)
    address = f"{request.host_url.rstrip('/')}{request.script_root}/sign-in/{secret}"
    return _people(link=address, link_for=name)


@blueprint.get("/tokens")
def tokens() -> Answer:
    """Every token, and the form to make one."""
    return _tokens()


@blueprint.post("/tokens")
def create_token() -> Answer:
    """Make a token; its secret is shown in this answer and never again."""
    chosen = governing.scopes_in(request.form.getlist("scopes"))
    try:
        _, secret = governing.create_token(
            forms.field("name"), forms.role_in(forms.field("role")), chosen or None, _days()
        )
    except Problem as error:
        return _tokens(error.status, faults=[(error.field, forms.told(error))])
    return _tokens(secret=secret)


@blueprint.post("/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> Answer:
    """Let a token open nothing any more."""
    return _done("tokens", lambda: governing.revoke_token(token_id), _tokens)


def _done(page: str, what: Callable[[], object], show: Callable[..., Answer]) -> Answer:
    """Do it and go back to the list; or show there what is wrong."""
    try:
        what()
    except (Conflict, Unknown) as error:
        status = 409 if isinstance(error, Conflict) else 404
        return show(status, faults=[("", forms.told(error))])
    except Problem as error:
        return show(error.status, faults=[(error.field, forms.told(error))])
    return forms.go(f"{request.script_root}/settings/{page}?did=saved")


def _days() -> int | None:
    given = forms.field("days")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 6):
        raise Problem(400, "give a number of days, or nothing", field="days")
    return int(given)


def _people(status: int = 200, **view: Any) -> Answer:
    found = current().store.people.all()
    defaults = {"faults": (), "link": "", "link_for": "", "did": request.args.get("did", "")}
    known = {"people": found, "roles": list(Role), "shortest": passwords.SHORTEST}
    return forms.page("people.html", status, **(defaults | known | view))


def _tokens(status: int = 200, **view: Any) -> Answer:
    web = current()
    defaults = {"faults": (), "secret": "", "did": request.args.get("did", "")}
    known = {
        "tokens": web.store.tokens.all(),
        "now": web.clock.now(),
        "roles": list(Role),
        "scopes": list(Scope),
        "configured": bool(web.doors.configured),
    }
    return forms.page("tokens.html", status, **(defaults | known | view))

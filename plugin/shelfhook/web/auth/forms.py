"""What the pages of sign-in have in common: reading forms, limits, cookies, ways back."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from flask import render_template, request

from shelfhook.errors import ShelfhookError
from shelfhook.model import Role, person_name
from shelfhook.store import passwords
from shelfhook.web import texts
from shelfhook.web.auth import cookies
from shelfhook.web.auth.attempts import address_key
from shelfhook.web.context import Web, current
from shelfhook.web.lean import Answer, page_answer
from shelfhook.web.problems import Problem
from shelfhook.web.shapes import moment

Faults = Sequence[tuple[str, str]]
"""What is wrong with a form: the field's name and a sentence."""
UNSAFE: Final = re.compile(r"[\x00-\x20\\\x7f-\x9f]")
BUSY: Final = "too many people sign in just now; try again in a second"


def page(template: str, status: int = 200, /, **view: Any) -> Answer:
    """A page from a template."""
    return page_answer(render_template(template, moment=moment, **view), status)


def field(name: str) -> str:
    """A field of the form that was sent, without blanks around it; "" where it is missing."""
    given = request.form.get(name, "").strip()
    if wrong := texts.fault(given):
        raise Problem(400, wrong, field=name)
    return given


def word(name: str) -> str:
    """A password of the form, as it was typed."""
    return request.form.get(name, "")[: passwords.LONGEST + 1]


def name_in(given: str) -> str:
    """A person's name.

    Raises:
        Problem: it is none.
    """
    try:
        return person_name(given)
    except ValueError as error:
        raise Problem(400, f"no name for a person: {error}", field="name") from None


def role_in(given: str) -> Role:
    """A role.

    Raises:
        Problem: there is none of this name.
    """
    try:
        return Role(given)
    except ValueError:
        raise Problem(400, f"unknown; known: {', '.join(Role)}", field="role") from None


def local(place: str) -> str:
    """A place to go on to, if it lies within Shelfhook; else the overview.

    Browsers read `//host`, `/\\host` and control characters in ways of their own, so none passes.
    """
    top = request.script_root + "/"
    fits = place.startswith(top) and not place.startswith("//") and not UNSAFE.search(place)
    return place if fits and len(place) <= texts.LONGEST else top


def go(place: str) -> Answer:
    """Send the browser on, with a GET."""
    return Answer(b"", 303, [("Location", place)], "text/html; charset=utf-8")


@contextmanager
def hashing() -> Iterator[None]:
    """A seat for work with a password, which takes long.

    Raises:
        Problem: 503, all are taken.
    """
    seat = current().doors.hashing.take()
    if seat is None:
        raise Problem(503, BUSY, headers=[("Retry-After", "1")])
    with seat:
        yield


def keys(*more: str) -> tuple[str, ...]:
    """Under which an attempt counts: the client's address, and what else is given."""
    return (address_key(request.environ.get("REMOTE_ADDR", "")), *more)


def signed_in(web: Web, place: str, *, hours: float = math.inf, **who: Any) -> Answer:
    """Begin a session with a new secret, end the one there was, and send the browser on.

    Args:
        hours: most hours that it lasts.
        who: whose it is, see `Sessions.begin`.
    """
    end_session(web)
    seconds = min(hours, web.doors.settings.session_hours) * 3600
    now = web.clock.now()
    agent = request.headers.get("User-Agent", "")
    secret = web.store.sessions.begin(now=now, expires_at=now + seconds, agent=agent, **who)
    answer = go(place)
    secure = web.doors.secure(request.environ)
    cookies.set_session(answer, request.environ, secret, secure, int(seconds))
    return answer


def end_session(web: Web) -> None:
    """End the session that the browser shows, if it is one."""
    secret = cookies.session_secret(request.environ, web.doors.secure(request.environ))
    found = web.doors.by_session(secret) if secret else None
    if found is not None:
        web.store.sessions.end(found.session)
        web.doors.forget()


def told(error: ShelfhookError | Problem) -> str:
    """What an error says to a person."""
    return error.detail if isinstance(error, Problem) else str(error)

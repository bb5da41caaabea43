"""Every request is judged here before anything else looks at it: by who asks and what he may do."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from flask import request
from werkzeug.wrappers import Response

from shelfhook.web.auth import cookies, csrf, rights
from shelfhook.web.auth.identity import KEY, STRANGER, Identity, current_identity, identify
from shelfhook.web.context import Web, current
from shelfhook.web.lean import PAGE_SECURITY, SECURITY, Answer
from shelfhook.web.problems import Problem
from shelfhook.web.senders import bearer, same

CHALLENGE: Final = ("WWW-Authenticate", 'Bearer realm="shelfhook"')
HEALTH: Final = rights.HEALTH
HTML: Final = "text/html"
POLICY: Final = "Content-Security-Policy"
NOTHING: Final = dict(SECURITY)[POLICY]
"""The policy of answers for programs."""
SIGN_IN_BYTES: Final = 16_384
"""Longest form that is read from somebody who is not signed in."""
FORM: Final = "application/x-www-form-urlencoded"


def judge() -> Answer | None:
    """Refuse what the one who asks may not do (before every request).

    A path that does not exist is not told from one that does.
    """
    web, environ = current(), request.environ
    if environ["PATH_INFO"] != request.path.encode().decode("latin-1"):
        # The router leaves leading slashes out (and puts one there): `//settings` would be judged
        # as one path and answered as another.
        raise Problem(404, "there is nothing at this path")
    if rights.is_open(environ["PATH_INFO"]):
        _open_to_all(web, environ)
        return None
    try:
        environ[KEY] = admit(web, environ)
    except Problem as problem:
        if problem.status == 401 and _wants_sign_in():
            return _to_sign_in()
        environ[KEY] = identify(web, environ) or STRANGER  # the page that says no has a menu, too
        raise
    return None


def admit(web: Web, environ: dict[str, Any]) -> Identity:
    """Who asks, if he may do what he asks for; needs no Flask, but for forms of browsers.

    Raises:
        Problem: 401 for a stranger, 403 for who may not, or whose request comes from elsewhere.
    """
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    need = rights.need_of(method, path)
    if path == "/metrics" and same(web.metrics_token, bearer(environ)):
        return METRICS  # a token that a monitoring server may hold, since it opens nothing else
    found = identify(web, environ)
    if found is None:
        raise unauthorized("not signed in, or the token is wrong; send Authorization: Bearer …")
    if need is not None and not need.met_by(found):
        raise Problem(403, _lacking(need, found))
    if found.via != "token" and method not in rights.SAFE:
        check_form(environ, found.csrf)
    return found


METRICS: Final = Identity(
    "web.metrics_token", rights.MEASURE.role, "token", frozenset(rights.MEASURE.scopes)
)


def check_form(environ: dict[str, Any], word: str) -> None:
    """Refuse a changing request that does not come from a page of ours.

    Raises:
        Problem: 403.
    """
    if csrf.from_elsewhere(environ):
        raise Problem(403, csrf.FOREIGN)
    if not csrf.same_word(word, environ.get(csrf.HEADER) or _field()):
        raise Problem(403, csrf.MISSING, field=csrf.FIELD)


def govern() -> None:
    """Refuse who is no admin, whatever the path was (before a blueprint's requests).

    `judge` has done so by the path; this holds where a path is rewritten in a way it does not know.

    Raises:
        Problem: 403.
    """
    found = current_identity()
    if not rights.GOVERN.met_by(found):
        raise Problem(403, _lacking(rights.GOVERN, found))


def finish(answer: Response) -> Response:
    """What every page carries (after every request)."""
    if answer.mimetype == HTML:
        policy = answer.headers.get(POLICY)
        for name, value in PAGE_SECURITY:
            if name != POLICY or policy == NOTHING:  # a page may have a stricter one of its own
                answer.headers[name] = value
    cookies.set_form(answer, request.environ, bool(request.environ.get(csrf.SECURE)))
    return answer


def unauthorized(detail: str) -> Problem:
    """A request that does not prove itself."""
    return Problem(401, detail, headers=[CHALLENGE])


def _open_to_all(web: Web, environ: dict[str, Any]) -> None:
    """Sign-in pages have a form, too, which only a page of ours may send."""
    if not environ["PATH_INFO"].startswith("/sign-in"):
        return
    web.doors.secure(environ)
    word = csrf.of_form(environ)
    environ[KEY] = Identity(STRANGER.name, STRANGER.role, "", STRANGER.scopes, word)
    if environ["REQUEST_METHOD"] not in rights.SAFE:
        request.max_content_length = SIGN_IN_BYTES
        check_form(environ, word)


def _lacking(need: rights.Need, found: Identity) -> str:
    if not found.role.at_least(need.role):
        return f"this needs the role {need.role}; {found.name} has the role {found.role}"
    wanted = " or ".join(sorted(need.scopes))
    return f"this needs a token with the scope {wanted}; {found.name} lacks it"


def _field() -> str:
    """The word in a form; other bodies are left to be read by who wants them."""
    if request.mimetype != FORM:
        return ""
    return request.form.get(csrf.FIELD, "")


def _wants_sign_in() -> bool:
    """Whether a person looks at a page, who can sign in."""
    return (
        rights.is_page(request.environ["PATH_INFO"])
        and not bearer(request.environ)
        and HTML in request.headers.get("Accept", "")
    )


def _to_sign_in() -> Answer:
    place = f"{request.script_root}/sign-in"
    if request.method == "GET":
        query = request.query_string.decode("latin-1")
        wanted = request.script_root + request.path + (f"?{query}" if query else "")
        place += f"?next={quote(wanted, safe='/')}"
    return Answer(b"", 303, [("Location", place)], f"{HTML}; charset=utf-8")

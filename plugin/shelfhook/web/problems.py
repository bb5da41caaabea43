"""Every error as a problem document (RFC 9457): what is wrong, where, and the remedy."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from http import HTTPStatus

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from shelfhook.errors import Conflict, ShelfhookError, StoreUnavailable, Unknown
from shelfhook.web.context import current
from shelfhook.web.lean import Answer, dump
from shelfhook.web.masking import Mask

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
STORE_PAUSE = 5
"""Seconds after which a client may try again when the store is away."""


class Problem(Exception):  # noqa: N818 - the RFC's word
    """Ends a request with an error.

    Args:
        detail: what is wrong and what to do, in plain words; must not repeat values.
        field: the key, parameter or header at fault.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        field: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = tuple(headers)


def render(problem: Problem) -> Answer:
    """The problem as an answer, free of secrets."""
    mask = current().mask
    phrase = HTTPStatus(problem.status).phrase
    document = {
        "type": f"urn:shelfhook:problem:{phrase.lower().replace(' ', '-')}",
        "title": phrase,
        "status": problem.status,
        "detail": mask(problem.detail),
    }
    if problem.field:
        document["field"] = mask(problem.field)
    return Answer(dump(document), problem.status, problem.headers, PROBLEM_JSON)


def install(app: Flask) -> None:
    """Answer every error of the application with a problem document."""
    app.register_error_handler(Problem, render)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(ShelfhookError, _from_ours)
    app.register_error_handler(Exception, _unforeseen)


def _from_http(error: HTTPException) -> Answer:
    """What Flask and Werkzeug raise: no such path, wrong method."""
    headers = [(name, value) for name, value in error.get_headers() if name == "Allow"]
    status = error.code or 500
    details = {
        404: "there is nothing at this path",
        405: f"this path does not take {request.method}; the header Allow names what it takes",
    }
    return render(Problem(status, details.get(status, HTTPStatus(status).phrase), headers=headers))


def _from_ours(error: ShelfhookError) -> Answer:
    """Errors named by their consequence; the rest are bugs."""
    if isinstance(error, Unknown):
        return render(Problem(404, str(error), field=error.what))
    if isinstance(error, Conflict):
        return render(Problem(409, str(error)))
    if isinstance(error, StoreUnavailable):
        log.error("the store is away: %s", current().mask(str(error)))
        detail = f"the database is away, nothing was stored; try again in {STORE_PAUSE} s"
        return render(Problem(503, detail, headers=[("Retry-After", str(STORE_PAUSE))]))
    return _unforeseen(error)


def _unforeseen(error: Exception) -> Answer:
    """A bug: the whole of it into the log, nothing of it to the client."""
    record(current().mask, f"{request.method} {request.path}", error)
    return render(Problem(500, "something went wrong here; the log has the details"))


def record(mask: Mask, what: str, error: Exception) -> None:
    """Write a bug into the log, without the secrets that its message may hold."""
    trace = "".join(traceback.format_exception(error))
    log.error("%s", mask(f"{what} failed\n{trace}"))

"""The OpenAPI document: what spectree makes of our tables, and what it cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Flask

from shelfhook.web import keys, texts
from shelfhook.web.api.about_live import SSE, STREAMS
from shelfhook.web.api.operations import Operation, Reply
from shelfhook.web.api.skeleton import Route, skeleton
from shelfhook.web.api.tables import described
from shelfhook.web.lean import JSON
from shelfhook.web.problems import PROBLEM_JSON

PARAMETER: Final = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
HIDDEN: Final = frozenset({"HEAD", "OPTIONS"})
"""What Flask adds to every GET."""
PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
ABOUT: Final = """\
Without a version, `/api/…` means the newest one. Lists are paged by keyset: follow `next` until it
is null. Every error is a problem document (RFC 9457) that names the field and the remedy, also
those that any path may give: 404, and 405 with the header `Allow`.
"""
INFO: Final[Mapping[str, Any]] = {
    "title": "Shelfhook",
    "description": ABOUT,
    "version": "1",
    "license": {"name": "GPL-3.0-or-later", "url": "https://www.gnu.org/licenses/gpl-3.0"},
}
SCHEMES: Final[Mapping[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token `web.token`, or one that somebody has made.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "shelfhook-session",
        "description": "A browser that has signed in; under https `__Host-` stands before it.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "Besides `session`, for everything but GET and HEAD.",
    },
    "hookToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Shelfhook-Token",
        "description": "The host's `hook_token`; also as the password of Basic authentication.",
    },
    "hookPassword": {"type": "http", "scheme": "basic"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks, with `webhook-id` and `webhook-timestamp`.",
    },
}
MEANINGS: Final[Mapping[int, str]] = {
    400: "A parameter, a header or the body is wrong; `field` names it.",
    401: "It does not prove who it is.",
    403: "It may not do this.",
    404: "There is nothing of that name.",
    409: "The state does not allow it.",
    413: "The body is too long.",
    415: "The body is no JSON.",
    422: "The key was used for another call.",
    503: "The database is away, or too many wait; try again later.",
}


def document(app: Flask) -> dict[str, Any]:
    """The API of an application as OpenAPI 3.1.

    Raises:
        KeyError: a path's parameter is not described in `operations.PARAMETERS`.
    """
    found = routes(app)
    made = skeleton(found, INFO)
    for route in found:
        _finish(made["paths"][route.path][route.method], route)
    for route in found:  # parameters have taken their place
        made["components"]["schemas"].pop(getattr(route.operation.query, "__name__", ""), None)
    made["components"]["securitySchemes"] = dict(SCHEMES)
    made["components"]["responses"] = {_name(status): _problem(status) for status in MEANINGS}
    del made["security"]  # each operation says its own
    return made


def routes(app: Flask) -> list[Route]:
    """Every described operation, with method and path."""
    known = described()
    at: dict[str, list[Route]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in known:
            path = PARAMETER.sub(r"{\1}", rule.rule)
            names = tuple(PARAMETER.findall(rule.rule))
            for method in sorted((rule.methods or set()) - HIDDEN):
                route = Route(method.lower(), path, names, known[rule.endpoint])
                at.setdefault(rule.endpoint, []).append(route)
    streams = [
        Route(method.lower(), path, tuple(re.findall(r"{([a-z_]+)}", path)), operation)
        for (method, path), operation in STREAMS.items()
    ]
    return [route for endpoint in known for route in at.get(endpoint, [])] + streams


def _finish(shown: dict[str, Any], route: Route) -> None:
    """Put into an operation what spectree cannot say."""
    operation = route.operation
    shown["parameters"] = [_plain(one) for one in shown["parameters"]] + _headers(operation)
    if operation.body is not None:
        body = shown["requestBody"]
        body["required"] = not _may_be_empty(operation)
        body["content"][JSON]["examples"] = {
            name: {"value": value} for name, value in operation.examples.items()
        }
    shown["responses"] = {
        **{str(status): _reply(reply) for status, reply in operation.replies.items()},
        **{
            str(status): {"$ref": f"#/components/responses/{_name(status)}"}
            for status in _problems(operation, route.method)
        },
    }
    shown["security"] = _security(operation, route.method)


def _plain(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter as it can be sent: a query cannot say null, only leave it out."""
    schema = dict(parameter["schema"])
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1:
        schema = choices[0]
    for said_elsewhere in ("title", "description"):
        schema.pop(said_elsewhere, None)
    plain = {**parameter, "schema": schema}
    if not plain.get("description"):
        plain.pop("description", None)
    return plain


def _headers(operation: Operation) -> list[dict[str, Any]]:
    headers: list[tuple[str, str, dict[str, Any]]] = []
    if operation.keyed:
        about = "Names the call: sent twice, it is one."
        headers.append((keys.HEADER, about, {"type": "string", **texts.SCHEMA}))
    if 304 in operation.replies:
        headers.append(("If-None-Match", "The ETag of what you have.", {"type": "string"}))
    return [
        {"name": name, "in": "header", "required": False, "description": about, "schema": schema}
        for name, about, schema in headers
    ]


def _may_be_empty(operation: Operation) -> bool:
    assert operation.body is not None
    fields = operation.body.model_fields.values()
    return not any(one.is_required() for one in fields)


def _reply(reply: Reply) -> dict[str, Any]:
    made: dict[str, Any] = {"description": reply.meaning}
    if reply.headers:
        made["headers"] = {
            name: {"description": about, "schema": {"type": "string"}}
            for name, about in reply.headers.items()
        }
    if reply.model is not None:
        schema: dict[str, Any] = {"$ref": f"#/components/schemas/{reply.model.__name__}"}
        made["content"] = {JSON: {"schema": schema, "example": reply.example}}
    elif reply.example is not None:
        made["content"] = {
            kind: {"schema": {}} if kind == JSON else _text(kind, reply.example)
            for kind in reply.kinds
        }
    if reply.links:
        made["links"] = {
            name: {"operationId": name, "parameters": dict(taken)}
            for name, taken in reply.links.items()
        }
    return made


def _text(kind: str, example: str) -> dict[str, Any]:
    """Of a stream the schema would be one of its events (OpenAPI 3.2), which 3.1 cannot say."""
    return {"schema": {} if kind == SSE else {"type": "string"}, "example": example}


def _problems(operation: Operation, method: str) -> Iterable[int]:
    """All errors of an operation: its own, and those that any like it may give."""
    found = set(operation.problems)
    if operation.access != "public":
        found |= {401, 503}
    if operation.access in ("viewer", "operator", "admin"):
        found |= {403}
    if operation.body is not None or method in ("post", "put", "patch"):
        found |= {400, 413, 415}
    return sorted(found - operation.replies.keys())


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")


def _problem(status: int) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    example = {
        "type": f"urn:shelfhook:problem:{phrase.lower().replace(' ', '-')}",
        "title": phrase,
        "status": status,
        "detail": MEANINGS[status],
    }
    made: dict[str, Any] = {
        "description": MEANINGS[status],
        "content": {PROBLEM_JSON: {"schema": PROBLEM, "example": example}},
    }
    if status in (401, 503):
        name = "WWW-Authenticate" if status == 401 else "Retry-After"
        made["headers"] = {name: {"schema": {"type": "string"}}}
    return made


def _security(operation: Operation, method: str) -> list[dict[str, list[str]]]:
    """One of these ways is enough."""
    if operation.access == "public":
        return []
    if operation.access == "hook":
        return [{name: []} for name in ("signature", "hookToken", "bearer", "hookPassword")]
    session: dict[str, list[str]] = {"session": []}
    if method != "get":
        session["csrf"] = []
    return [{"bearer": []}, session]

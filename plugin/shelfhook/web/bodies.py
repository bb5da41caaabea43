"""Reading what a request says: its body, its JSON, its query; wrong ones become problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from shelfhook.web.context import current
from shelfhook.web.problems import Problem

M = TypeVar("M", bound=BaseModel)


class Body(BaseModel):
    """A request's JSON object: unknown keys are refused, types are not bent."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Nothing(Body):
    """The body of requests that take no parameters."""


class Query(BaseModel):
    """A request's query parameters: unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def read(environ: Mapping[str, Any], limit: int) -> bytes:
    """The whole body, at most `limit` bytes of it, also where no length is announced."""
    announced = environ.get("CONTENT_LENGTH") or ""
    if announced.isascii() and announced.isdigit():
        if len(announced) > 15 or int(announced) > limit:
            raise _too_long(limit)
        wanted = int(announced)
    elif environ.get("wsgi.input_terminated"):
        wanted = limit + 1
    else:
        return b""
    try:
        body = _up_to(environ["wsgi.input"], wanted)
    except TimeoutError:
        raise Problem(408, "the body comes too slowly; send it again") from None
    except ConnectionError:
        raise Problem(400, "the body breaks off; send it again") from None
    if len(body) > limit:
        raise _too_long(limit)
    return body


def _up_to(stream: Any, wanted: int) -> bytes:
    """As `stream.read(wanted)`, from servers too that give less at a time."""
    body: bytes = stream.read(wanted) if wanted else b""
    while len(body) < wanted and (more := stream.read(wanted - len(body))):
        body += more
    return body


def _too_long(limit: int) -> Problem:
    return Problem(413, f"the body is longer than {limit} bytes; send less, or in several requests")


def parse(environ: Mapping[str, Any], body: bytes) -> Any:
    """The body's JSON value."""
    kind = (environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise Problem(
            415, "the body must be JSON; send Content-Type: application/json", field="Content-Type"
        )
    try:
        return json.loads(body.decode(), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise Problem(400, "the body is not UTF-8; send JSON in UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem(400, f"the body is not JSON ({error.msg} at {where})") from None
    except (ValueError, RecursionError):  # a number or a nesting beyond all measure
        raise Problem(400, "the body holds a number or a nesting that no request needs") from None


def _no_number(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON


def body_as(model: type[M]) -> M:
    """The request's JSON object as a model; no body at all is an empty object."""
    body = read(request.environ, current().limit)
    document = parse(request.environ, body) if body else {}
    if not isinstance(document, dict):
        raise Problem(400, "the body must be a JSON object")
    return _checked(model, document)


def query_as(model: type[M]) -> M:
    """The request's query parameters as a model; only lists may be given more than once."""
    values: dict[str, Any] = {}
    for name, given in request.args.lists() if request.environ.get("QUERY_STRING") else ():
        field = model.model_fields.get(name)
        several = field is not None and isinstance(field.default, tuple)
        if len(given) > 1 and not several:
            raise Problem(400, "is given more than once; give it once", field=name)
        values[name] = given if several else given[0]
    return _checked(model, values)


def _checked(model: type[M], values: Mapping[str, Any]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _from_pydantic(
            model, error.errors(include_url=False, include_input=False)[0]
        ) from None


def _from_pydantic(model: type[BaseModel], fault: ErrorDetails) -> Problem:
    field = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields)
        return Problem(400, f"unknown key; known: {known}" if known else "unknown key", field=field)
    return Problem(400, f"{field}: {fault['msg']}", field=field)

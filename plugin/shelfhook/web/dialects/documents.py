"""From a request to a document: JSON under any name, or a form; and what stands in the URL."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qsl

from shelfhook.web import bodies
from shelfhook.web.problems import Problem

FORM: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 200
LIBRARY: Final = "library"
OPENINGS: Final = (b"{", b"[")


def library_of(environ: Mapping[str, Any]) -> str:
    """The library that the URL names with `?library=…`; "" if it names none.

    Raises:
        Problem: the URL holds anything else.
    """
    query = environ.get("QUERY_STRING") or ""
    with suppress(UnicodeError):  # then it is text already
        query = query.encode("latin-1").decode()  # as WSGI hands on what was not percent-encoded
    fields = pairs(query)
    for name in fields:
        if name == "token":
            raise Problem(
                400,
                "a token is not taken from the URL's query, since logs keep it; send it as the"
                " password of Basic authentication, or write http://shelfhook:TOKEN@…",
                field=name,
            )
        if name != LIBRARY:
            raise Problem(400, f"unknown parameter; known: {LIBRARY}", field=name[:100])
    if LIBRARY in fields and not fields[LIBRARY].strip():
        raise Problem(400, "is empty; give a library's name or id", field=LIBRARY)
    return fields.get(LIBRARY, "")


def read(environ: Mapping[str, Any], body: bytes, *, anything: bool) -> Any:
    """The body's document; None if there is no body.

    Jellyfin sends JSON as plain text, and curl sends it as a form, unless told otherwise: what
    begins like JSON is read as JSON.

    Args:
        anything: whether a body that is neither JSON nor a form is none, rather than wrong.
    """
    start = body.lstrip()[:1]
    if not start and anything:
        return None
    kind = (environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    if start in OPENINGS and kind in (FORM, "text/plain"):
        return bodies.parse({}, body)
    if kind == FORM:
        return _form(body)
    if anything and kind and "json" not in kind:
        return None
    return bodies.parse(environ, body)


def _form(body: bytes) -> dict[str, str]:
    try:
        return pairs(body.decode())
    except UnicodeDecodeError:
        raise Problem(400, "the form is not UTF-8; send it as curl -d does") from None


def pairs(text: str) -> dict[str, str]:
    """The fields of a form or of a URL's query, each given once."""
    try:
        found = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise Problem(400, "the fields are not UTF-8; send them as curl -d does") from None
    except ValueError:
        raise Problem(400, f"there are more than {MOST_FIELDS} fields; send fewer") from None
    fields = dict(found)
    if len(fields) < len(found):
        twice = next(name for name, _ in found if [one for one, _ in found].count(name) > 1)
        raise Problem(400, "is given more than once; give it once", field=twice[:100])
    return fields

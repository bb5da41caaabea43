"""From a host's JSON to values and back: what nearly every adapter needs."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import Json
from shelfhook.model import Value

Normal: TypeAlias = Callable[[Value], Value]
"""Gives a value in the form in which its host stores it."""


def digest(value: object) -> str:
    """A short digest of anything that JSON can hold, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@contextlib.contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn the errors of reading a document that is not as expected into one of ours.

    Raises:
        Permanent: with the name of the host in `what`.
    """
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Permanent(
            f"the answer lacks what {what} promises ({error!r}); is it the right base URL?"
        ) from error


def an_object(document: Json) -> dict[str, Any]:
    """A JSON object.

    Raises:
        TypeError: it is something else; within `reading` that becomes `Permanent`.
    """
    if not isinstance(document, dict):
        raise TypeError("it is no JSON object")
    return document


def objects(document: Json) -> list[dict[str, Any]]:
    """The objects of a JSON list.

    Raises:
        TypeError: it is something else; within `reading` that becomes `Permanent`.
    """
    if not isinstance(document, list):
        raise TypeError("it is no JSON list")
    return [an_object(one) for one in document]


def text(value: Value) -> Value:
    """A normal form: a text without white space around it; None is the empty one."""
    if value is not None and not isinstance(value, str):
        raise Permanent(f"{value!r} is no text")
    return (value or "").strip()


def words(separator: str = "") -> Normal:
    """A normal form: trimmed texts, none empty, each once, sorted.

    Args:
        separator: what parts the words where they are written as one text, so that no word can
            hold it; "" if they are a list.
    """

    def normal(value: Value) -> Value:
        many = value if isinstance(value, list | tuple) else [value]
        whole = [str(text(one)) for one in many]
        parts = [part for one in whole for part in (one.split(separator) if separator else [one])]
        return sorted({part.strip() for part in parts} - {""})

    return normal

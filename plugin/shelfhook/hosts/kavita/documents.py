"""Kavita's JSON documents: what they are before anything is read out of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import Json

Dto: TypeAlias = Mapping[str, Any]
"""A JSON object of Kavita's; what it holds is checked where it is read."""

T = TypeVar("T")
P = ParamSpec("P")
_STRANGE = "is it a Kavita server?"


def an_object(document: Json) -> Dto:
    """The document as an object.

    Raises:
        Permanent: it is something else, so this is not Kavita's API.
    """
    if not isinstance(document, dict):
        raise Permanent(f"the host's answer is no JSON object; {_STRANGE}")
    return document


def a_list(document: Json) -> list[Dto]:
    """The document as a list of objects.

    Raises:
        Permanent: it is something else, so this is not Kavita's API.
    """
    if not isinstance(document, list):
        raise Permanent(f"the host's answer is no JSON list; {_STRANGE}")
    return [an_object(one) for one in document]


def promised(read: Callable[P, T]) -> Callable[P, T]:
    """Let a reader say `Permanent` where a document lacks what Kavita's contract promises."""

    @wraps(read)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise Permanent(
                f"the host's answer lacks what Kavita's contract promises ({error!r}); {_STRANGE}"
            ) from error

    return checked

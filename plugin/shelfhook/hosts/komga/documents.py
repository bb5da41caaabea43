"""Komga's JSON documents: what they are before anything is read out of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import Json

Dto: TypeAlias = Mapping[str, Any]
"""A JSON object of Komga's; what it holds is checked where it is read."""

T = TypeVar("T")


def the_object(document: Json) -> Dto:
    """The document as an object.

    Raises:
        Permanent: it is something else, so this is not Komga's API.
    """
    if not isinstance(document, dict):
        raise Permanent("the host's answer is not a JSON object; is it a Komga server?")
    return document


def the_list(document: Json) -> list[Dto]:
    """The document as a list of objects.

    Raises:
        Permanent: it is something else, so this is not Komga's API.
    """
    if not isinstance(document, list):
        raise Permanent("the host's answer is not a JSON list; is it a Komga server?")
    return [the_object(one) for one in document]


def of_komga(read: Callable[[Dto], T]) -> Callable[[Dto], T]:
    """Let a reader say `Permanent` where the answer lacks what Komga's contract promises."""

    @wraps(read)
    def checked(dto: Dto) -> T:
        try:
            return read(dto)
        except (AttributeError, KeyError, TypeError) as error:
            raise Permanent(
                f"the host's answer lacks what Komga's contract promises ({error!r}); "
                "is it a Komga server?"
            ) from error

    return checked

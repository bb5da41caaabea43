"""What a page's forms and addresses say."""

from __future__ import annotations

from typing import Any, Final

from flask import request

from shelfhook.web.problems import Problem
from shelfhook.web.texts import fault

LAST: Final = 2**63 - 1
"""The largest number that the database knows."""


def field(name: str) -> str:
    """A field of the form that was sent, "" where it is missing."""
    return _checked(name, request.form.get(name, ""))


def text(name: str) -> str:
    """A parameter of the address."""
    return _checked(name, request.args.get(name, "").strip())


def whole(name: str, default: int | None = None) -> int | None:
    """A number in the address that says where a page begins."""
    given = request.args.get(name, "")
    if not given:
        return default
    if not (given.isascii() and given.isdigit() and int(given[:20]) <= LAST):
        raise Problem(400, "is no number that a page begins at; go back to the list", field=name)
    return int(given)


def one_of(name: str, known: Any) -> Any:
    """A parameter that names a member of an enumeration; None where it is left out."""
    given = request.args.get(name, "")
    if not given:
        return None
    try:
        return known(given)
    except ValueError:
        names = ", ".join(str(one) for one in known)
        raise Problem(400, f"unknown; known: {names}", field=name) from None


def _checked(name: str, given: str) -> str:
    if wrong := fault(given):
        raise Problem(400, wrong, field=name)
    return given

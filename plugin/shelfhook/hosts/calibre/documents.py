"""Calibre's JSON documents: what they are before anything is read out of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from shelfhook.errors import Permanent
from shelfhook.hosts.calls import Json
from shelfhook.hosts.values import reading

Record: TypeAlias = Mapping[str, Any]
"""A JSON object of Calibre's; what it holds is checked where it is read."""

CALIBRE = "Calibre's content server"
LONGEST = 300
DATE_MARK = "jPoAv3zOyHvQ5JFNYg4hJ9"
"""Key that Calibre writes into an object that stands for a date; it reads such, too."""


def the_object(document: Json) -> Record:
    """The document as an object.

    Raises:
        Permanent: it is something else, so this is not Calibre's API.
    """
    if not isinstance(document, dict):
        raise Permanent(f"the host's answer is no JSON object; is it {CALIBRE}?")
    return document


def the_result(document: Json) -> Record:
    """What a `/cdb/cmd` call gave; its errors come with a status of 200.

    Raises:
        Permanent: the command has failed, or gave something else.
    """
    answer = the_object(document)
    if "err" in answer:
        raise Permanent(f"Calibre says: {str(answer['err'])[:LONGEST]}")
    result = answer.get("result")
    if isinstance(result, str):
        raise Permanent(f"Calibre says: {result[:LONGEST]}")
    return the_object(result)


def member(record: Record, name: str) -> Record:
    """An object within an object.

    Raises:
        Permanent: there is none.
    """
    with reading(CALIBRE):
        found: Json = record[name]
    return the_object(found)


def numbers(record: Record, name: str) -> list[int]:
    """The numbers in a list within an object.

    Raises:
        Permanent: there is no such list.
    """
    with reading(CALIBRE):
        return [int(one) for one in record[name]]


def plain(value: Any) -> Any:
    """A value as JSON has it: a date is a text."""
    return value.get("v") if isinstance(value, dict) and DATE_MARK in value else value


def dated(text: str) -> dict[str, Any]:
    """A date as Calibre takes it exactly.

    As a text it would be read as a day that somebody has typed in: Calibre 6.13 makes the 30th of
    a 31 March of it, and the 2nd of every 1st.
    """
    return {DATE_MARK: 0, "v": text}

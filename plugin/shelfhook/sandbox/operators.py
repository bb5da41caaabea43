"""The operators of search conditions, by the kind of value they compare."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime

from shelfhook.sandbox.records import JsonObject

Holds = Callable[[object], bool]
Operators = Mapping[str, Callable[[JsonObject], Holds]]  # the operator's JSON → its test


def _fold(value: object) -> str:
    """Compare titles without case and accents, as Komga's collation does."""
    decomposed = unicodedata.normalize("NFKD", str(value))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def _text(compare: Callable[[str, str], bool]) -> Callable[[JsonObject], Holds]:
    def make(inner: JsonObject) -> Holds:
        wanted = inner["value"]
        if not isinstance(wanted, str):
            raise TypeError("a string is needed")
        folded = _fold(wanted)
        return lambda value: compare(_fold(value), folded)

    return make


def _number(compare: Callable[[float, float], bool]) -> Callable[[JsonObject], Holds]:
    def make(inner: JsonObject) -> Holds:
        wanted = inner["value"]
        if isinstance(wanted, bool) or not isinstance(wanted, int | float):
            raise TypeError("a number is needed")
        return lambda value: isinstance(value, int | float) and compare(value, wanted)

    return make


def _date(compare: Callable[[str, str], bool]) -> Callable[[JsonObject], Holds]:
    def make(inner: JsonObject) -> Holds:
        given = str(inner["dateTime"])
        wanted = datetime.fromisoformat(given).date().isoformat()
        return lambda value: isinstance(value, str) and compare(value, wanted)

    return make


def _is(inner: JsonObject) -> Holds:
    wanted = inner["value"]
    return lambda value: value == wanted


def _is_not(inner: JsonObject) -> Holds:
    wanted = inner["value"]
    return lambda value: value != wanted


def _has(inner: JsonObject) -> Holds:
    wanted = str(inner["value"]).lower()
    return lambda value: isinstance(value, list) and wanted in (str(v).lower() for v in value)


def _has_not(inner: JsonObject) -> Holds:
    has = _has(inner)
    return lambda value: not has(value)


def _has_author(inner: JsonObject) -> Holds:
    wanted = inner["value"]
    if not isinstance(wanted, dict):
        raise TypeError("an author match is needed")
    asked = {key: _fold(value) for key, value in wanted.items() if value is not None}

    def holds(value: object) -> bool:
        return isinstance(value, list) and any(
            all(_fold(author.get(key, "")) == text for key, text in asked.items())
            for author in value
        )

    return holds


def _has_no_author(inner: JsonObject) -> Holds:
    has = _has_author(inner)
    return lambda value: not has(value)


EQUALITY: Operators = {"is": _is, "isNot": _is_not}
BOOLEAN: Operators = {
    "isTrue": lambda _: lambda value: value is True,
    "isFalse": lambda _: lambda value: value is False,
}
TEXT: Operators = {
    "is": _text(lambda value, wanted: value == wanted),
    "isNot": _text(lambda value, wanted: value != wanted),
    "contains": _text(lambda value, wanted: wanted in value),
    "doesNotContain": _text(lambda value, wanted: wanted not in value),
    "beginsWith": _text(lambda value, wanted: value.startswith(wanted)),
    "doesNotBeginWith": _text(lambda value, wanted: not value.startswith(wanted)),
    "endsWith": _text(lambda value, wanted: value.endswith(wanted)),
    "doesNotEndWith": _text(lambda value, wanted: not value.endswith(wanted)),
}
NULLS: Operators = {
    "isNull": lambda _: lambda value: value in (None, "", []),
    "isNotNull": lambda _: lambda value: value not in (None, "", []),
}
NUMBER: Operators = {
    "is": _number(lambda value, wanted: value == wanted),
    "isNot": _number(lambda value, wanted: value != wanted),
    "greaterThan": _number(lambda value, wanted: value > wanted),
    "lessThan": _number(lambda value, wanted: value < wanted),
}
DATE: Operators = {
    "before": _date(lambda value, wanted: value < wanted),
    "after": _date(lambda value, wanted: value > wanted),
    **NULLS,
}
MEMBER: Operators = {"is": _has, "isNot": _has_not, **NULLS}
AUTHOR: Operators = {"is": _has_author, "isNot": _has_no_author}

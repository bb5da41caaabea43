"""Komga's search conditions: the JSON of a condition becomes a function of a row."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from shelfhook.sandbox.message import HttpError
from shelfhook.sandbox.operators import Operators
from shelfhook.sandbox.records import JsonObject

Row = TypeVar("Row")
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Subject(Generic[Row]):
    """What a condition looks at, and the operators it knows."""

    read: Callable[[Row], object]
    operators: Operators
    of_metadata: bool = False  # a list by it must be made anew after a PATCH
    values: Collection[object] | None = None  # the enumeration, if it is one


Subjects = Mapping[str, Subject[Row]]


def compile_condition(condition: object, subjects: Subjects[Row]) -> Test[Row]:
    """Make the test of a condition; one that Komga would not know is a 400."""
    if condition is None or condition == {}:
        return lambda _: True
    if not isinstance(condition, dict) or len(condition) != 1:
        raise _unreadable(condition)
    ((name, inner),) = condition.items()
    if name in ("allOf", "anyOf"):
        return _group(name, inner, subjects)
    subject = subjects.get(name)
    if subject is None or not isinstance(inner, dict):
        raise _unreadable(name)
    return _single(subject, inner)


def _group(name: str, inner: object, subjects: Subjects[Row]) -> Test[Row]:
    if not isinstance(inner, list):
        raise _unreadable(name)
    tests = [compile_condition(part, subjects) for part in inner]
    if not tests:
        return lambda _: True
    if len(tests) == 1:
        return tests[0]
    if name == "allOf":
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def _single(subject: Subject[Row], inner: JsonObject) -> Test[Row]:
    operator = subject.operators.get(str(inner.get("operator")))
    if operator is None:
        raise _unreadable(inner.get("operator"))
    if subject.values is not None and inner.get("value") not in subject.values:
        raise _unreadable(inner.get("value"))
    try:
        holds = operator(inner)
    except (KeyError, TypeError, ValueError):
        raise _unreadable(inner) from None
    read = subject.read
    return lambda row: holds(read(row))


def reads_metadata(condition: object, subjects: Subjects[Row]) -> bool:
    """Say whether a (valid) condition looks at anything that a PATCH may change."""
    if not isinstance(condition, dict):
        return False
    for name, inner in condition.items():
        if name in ("allOf", "anyOf"):
            if any(reads_metadata(part, subjects) for part in inner):
                return True
        elif subjects[name].of_metadata:
            return True
    return False


def _unreadable(what: object) -> HttpError:
    return HttpError(400, f"JSON parse error: cannot read condition {what!r:.100}")

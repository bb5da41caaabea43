"""The sorts of fields that Calibre has, and what each of them may hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from shelfhook.hosts.calibre import normal
from shelfhook.model import Value

Normal: TypeAlias = Callable[[Value], Value]

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What Calibre takes, and cannot write into its own backups, which are XML."""
_LARGEST = 2**63
_CODE = re.compile("[a-z]{3}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of field.

    Attributes:
        name: what a message calls its values.
        normal: gives a value as Calibre stores it.
        fits: whether a value in its normal form can be stored.
    """

    name: str
    normal: Normal
    fits: Callable[[Value], bool]


def _fit_text(value: Value) -> bool:
    return value is None or (isinstance(value, str) and not _UNSENDABLE.search(value))


def _fit_title(value: Value) -> bool:
    return value is not None and _fit_text(value)


def _fit_words(value: Value) -> bool:
    return isinstance(value, list) and all(one is not None and _fit_text(one) for one in value)


def _fit_codes(value: Value) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, str) and _CODE.fullmatch(one) for one in value
    )


def _fit_identifiers(value: Value) -> bool:
    return isinstance(value, Mapping) and all(
        _fit_text(name) and _fit_text(one) for name, one in value.items()
    )


def _fit_date(value: Value) -> bool:
    return value is None or normal.instant(value) is not None


def _fit_whole(value: Value) -> bool:
    if value is None:
        return True
    return isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST


def _fit_number(value: Value) -> bool:
    return value is None or (isinstance(value, float) and math.isfinite(value))


def _fit_flag(value: Value) -> bool:
    return value is None or isinstance(value, bool)


def _never(value: Value) -> bool:
    del value  # whatever it is
    return False


TEXT = Kind("a text", normal.text, _fit_text)
TITLE = Kind("a text and never empty", normal.text, _fit_title)
"""Calibre would write "Unknown" for none, in its own language: nobody can have meant that."""
SERIES = Kind("a text", normal.series, _fit_text)
COMMENTS = Kind("a text", normal.text, _fit_text)
CHOICE = Kind("a text", normal.text, _fit_text)
WORDS = Kind("a list of texts", normal.words, _fit_words)
NAMES = Kind("a list of texts", normal.names, _fit_words)
AUTHORS = Kind("a list of texts", normal.authors, _fit_words)
LANGUAGES = Kind("a list of language codes", normal.language_codes, _fit_codes)
IDENTIFIERS = Kind("a table of texts", normal.identifiers, _fit_identifiers)
DATE = Kind("a date", normal.moment, _fit_date)
WHOLE = Kind("a whole number", normal.whole, _fit_whole)
FLOAT = Kind("a number", normal.real, _fit_number)
INDEX = Kind("a number", normal.place, _fit_number)
FLAG = Kind("yes or no", normal.flag, _fit_flag)
RATING = Kind("a number of half stars", normal.rating, _fit_whole)
COMPUTED = Kind("nothing", lambda value: value, _never)

"""What the conditions of a rule ask of a book or series."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from shelfhook.actions.tag_parameters import Globs, Where
from shelfhook.actions.wishes import of_series, seen, text_of
from shelfhook.actions.wording import folded
from shelfhook.errors import Gone
from shelfhook.model import Fields, Item, Value
from shelfhook.ports import Host

Words: TypeAlias = Mapping[str, Sequence[str]]
"""Tags and genres, by the host's names of the fields."""

Condition: TypeAlias = "Callable[[Subject, Words], bool]"


class Subject:
    """A book or series. A book's series is read from the host only if a condition asks for it."""

    def __init__(self, item: Item, host: Host) -> None:
        self.item = seen(item, host)
        self._host = host

    def texts(self, about: str, words: Words) -> Sequence[str]:
        """All texts that a condition's glob may fit; a condition on what is not there sees ""."""
        if about == "tag":
            return words.get("tags") or ("",)
        if about == "genre":
            own = words if "genres" in words else {"genres": self._of_series("genres")}
            return own["genres"] or ("",)
        if about == "language" and (several := words_of(self.item.fields.get("languages"))):
            return several
        return (self._text(about),)

    def _text(self, about: str) -> str:
        item = self.item
        if about == "series":
            own = item.series_name if item.entity == "book" else text_of(item, "title")
            return own or next(iter(self._of_series("title")), "")
        if about == "file":
            return item.name if item.entity == "book" else ""
        if about == "folder":
            path = item.path.replace("\\", "/").rstrip("/")
            return path.rpartition("/")[0] if item.entity == "book" else path
        if about in item.fields:
            return text_of(item, about)
        return next(iter(self._of_series(about)), "")

    def _of_series(self, field: str) -> Sequence[str]:
        return words_of(self._series.get(field)) if self.item.entity == "book" else ()

    @cached_property
    def _series(self) -> Fields:
        if not self.item.series:
            return of_series(self.item, self._host)
        try:
            return seen(self._host.series(self.item.series), self._host).fields
        except Gone:  # then its book will go, too; until then it has no publisher
            return {}


def words_of(value: Value | None) -> list[str]:
    """A field's words; a single text is one word."""
    if isinstance(value, str):
        return [value] if value else []
    return [str(one) for one in value] if isinstance(value, Sequence) else []


def condition(where: Where) -> Condition:
    """Whether all that is set in `where` holds of a subject that has these words."""
    wanted = [(about, pattern(globs)) for about, globs in _conditions(where) if globs != ()]

    def holds(subject: Subject, words: Words) -> bool:
        return all(
            any(fits.fullmatch(folded(text)) for text in subject.texts(about, words))
            for about, fits in wanted
        )

    return holds


def pattern(globs: Globs) -> re.Pattern[str]:
    """An expression that fits, once folded, what one of the globs fits."""
    several = (globs,) if isinstance(globs, str) else globs
    return re.compile("|".join(fnmatch.translate(folded(glob)) for glob in several) or r"(?!)")


def _conditions(where: Where) -> list[tuple[str, Globs]]:
    return [
        # What costs no call at the host comes first.
        ("series", where.series),
        ("file", where.file),
        ("folder", where.folder),
        ("tag", where.tag),
        ("publisher", where.publisher),
        ("language", where.language),
        ("genre", where.genre),
    ]

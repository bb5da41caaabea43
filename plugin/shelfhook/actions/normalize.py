"""`normalize`: title and number of a book from its file name, where nobody has set them yet.

A server never leaves these fields empty: it invents the file's name as the title and the place in
the series as the number. So a field counts as empty when it is blank or when it holds such an
invention, and is left alone in every other case:

- A title is invented if it is the file's name without the extension.
- A number is invented if it looks like a place (a whole number, the same in `numberSort`) on a book
  whose title is invented too, or is the very title that this action gives. The latter because a
  server counts anew when a series grows. A title of any other origin says that a person or a
  ComicInfo.xml has been at work, and then the number is theirs as well.

A name without a number that can be trusted changes nothing.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shelfhook.actions import filenames
from shelfhook.actions.filenames import FileName
from shelfhook.model import Change, ChangeKind, Fields, Item, Value
from shelfhook.ports import Host, PlanContext

PLACEHOLDERS = frozenset({"series", "number", "year"})


class NormalizeParameters(BaseModel):
    """How titles are made and what counts as empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    replace_stem: bool = Field(
        default=True,
        description="Also replace a title that is the file's name: the server invented it. "
        "False: only blank titles.",
    )
    replace_position: bool = Field(
        default=True,
        description="Also replace a number that is the book's place in the series: the server "
        "counted it. False: only blank numbers.",
    )
    title_template: str = Field(
        default="{series} #{number}",
        description="Title of a book whose file name holds none. Placeholders: {series}, "
        "{number}, {year}. Empty: such a book keeps its title.",
    )
    volume_template: str = Field(
        default="{series} Vol. {number}",
        description="The same for a whole volume, such as 'Saga v03.cbz'.",
    )

    @field_validator("title_template", "volume_template")
    @classmethod
    def _only_known_placeholders(cls, template: str) -> str:
        for _, name, spec, conversion in string.Formatter().parse(template):
            if name is not None and (name not in PLACEHOLDERS or spec or conversion):
                known = ", ".join(f"{{{known}}}" for known in sorted(PLACEHOLDERS))
                raise ValueError(f"unknown placeholder; use only {known}")
        return template


class Normalize:
    """Fills title, number and sorting number from the file name."""

    name = "normalize"
    parameters: type[BaseModel] = NormalizeParameters
    needs: frozenset[str] = frozenset()

    def __init__(self, parameters: BaseModel) -> None:
        self._chosen = NormalizeParameters.model_validate(parameters)

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        """At most one change, of the fields that are empty, not locked and would differ."""
        name = filenames.read(item.name)
        if name is None:
            return []
        wanted = self._wanted(item, name, context.host)
        after = {key: value for key, value in wanted.items() if value != item.fields[key]}
        if not after:
            return []
        before = {key: item.fields[key] for key in after}
        return [Change(ChangeKind.FIELDS, "book", item.id, before=before, after=after)]

    def _wanted(self, item: Item, name: FileName, host: Host) -> Fields:
        """Every field that we may set, with the value the host would store."""
        title = host.normalise("book", "title", self._title_for(name))
        wanted: dict[str, Value] = {}
        if title and self._title_is_empty(item, host):
            wanted["title"] = title
        if self._number_is_empty(item, title, host):
            wanted["number"] = host.normalise("book", "number", name.number.text)
            wanted["numberSort"] = host.normalise("book", "numberSort", name.number.sort)
        return {
            key: value
            for key, value in wanted.items()
            if key in item.fields and key not in item.locks
        }

    def _title_for(self, name: FileName) -> str:
        if name.title:
            return name.title
        template = self._chosen.volume_template if name.volume_only else self._chosen.title_template
        values = {"series": name.series, "number": name.number.text, "year": name.year}
        needed = {key for _, key, _, _ in string.Formatter().parse(template) if key}
        return template.format(**values) if all(values[key] for key in needed) else ""

    def _title_is_empty(self, item: Item, host: Host) -> bool:
        title = item.fields.get("title")
        if _is_blank(title):
            return True
        return self._chosen.replace_stem and _is_stem(item, host)

    def _number_is_empty(self, item: Item, our_title: Value, host: Host) -> bool:
        # The sorting number goes with the number: one that is locked or set keeps the other.
        number = item.fields.get("number")
        if "number" in item.locks:
            return False
        if _is_blank(number):
            return True
        title = item.fields.get("title")
        untouched = _is_blank(title) or _is_stem(item, host) or title == our_title
        return self._chosen.replace_position and untouched and _looks_counted(item.fields)


def _is_blank(value: Value | None) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_stem(item: Item, host: Host) -> bool:
    return item.fields.get("title") == host.normalise("book", "title", filenames.stem(item.name))


def _looks_counted(fields: Fields) -> bool:
    number, sort = fields.get("number"), fields.get("numberSort")
    if not isinstance(sort, int | float) or not float(sort).is_integer():
        return False
    return sort >= 1 and number == str(int(sort))  # servers count from one, without zeros

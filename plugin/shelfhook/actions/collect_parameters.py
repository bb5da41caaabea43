"""What can be chosen for `collect`: lists by rule, and lists that follow a CBL file."""

from __future__ import annotations

import string
from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from shelfhook.actions import collect_cbl, templates
from shelfhook.actions.collect_cbl import ReadingOrder
from shelfhook.actions.tag_parameters import Where
from shelfhook.errors import ConfigurationError

Kind: TypeAlias = Literal["collection", "read-list"]
Sort: TypeAlias = Literal["", "name", "series-number", "date"]

COMMON = frozenset({"series", "publisher", "language", "genre", "tag"})
PLACEHOLDERS = {
    "collection": COMMON | {"series_group"},
    "read-list": COMMON | {"year", "story_arc"},
}
FROM_FILE = frozenset({"series_group", "story_arc"})
"""What only the ComicInfo.xml of a book's file says."""


class ListRule(BaseModel):
    """One rule: what goes onto which lists."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind = Field(
        default="collection",
        description="collection: its members are series. read-list: its members are books.",
    )
    name: str = Field(
        default="",
        description="Name of the list, fixed or with placeholders: {series}, {publisher}, "
        "{language}, {genre}, {tag}; for a read list also {year} and {story_arc}, for a "
        "collection also {series_group}. The last two are read from ComicInfo.xml. Where a "
        "placeholder has several values there are several lists, where it has none there is none. "
        "Empty with cbl: the name that stands in the file.",
    )
    where: Where = Field(
        default=Where(),
        description="Only where this holds. A fixed name needs it, lest everything is taken.",
    )
    sort: Sort = Field(
        default="",
        description="Order of the members: name, series-number or date (the last two only of a "
        "read list). Empty: as the server sorts; a story arc has its own order.",
    )
    cbl: str = Field(
        default="",
        description="Path of a CBL file with a reading order: books are matched by series, number "
        "and year. A relative path starts at the working directory of the service.",
    )

    _order: ReadingOrder | None = PrivateAttr(default=None)

    @property
    def order(self) -> ReadingOrder | None:
        """What the CBL file says; None without one."""
        return self._order

    @property
    def ordered_name(self) -> str:
        """Name of the list that follows the CBL file; "" without one."""
        return (self.name.strip() or self._order.name) if self._order else ""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders of the name."""
        parts = string.Formatter().parse(self.name)
        return tuple(dict.fromkeys(name for _, name, _, _ in parts if name))

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        templates.checked(self.name, PLACEHOLDERS[self.kind])
        if self.cbl:
            self._check_cbl()
        elif not self.name.strip():
            raise ValueError("a list needs a name")
        elif not self.placeholders and self.where == Where():
            raise ValueError(
                f"{self.name!r} would hold everything: set a condition in where, or put a "
                "placeholder such as {publisher} into the name"
            )
        if self.kind == "collection" and self.sort in ("series-number", "date"):
            raise ValueError(f"series have no {self.sort} to sort by; use name")
        return self

    def _check_cbl(self) -> None:
        if self.kind != "read-list" or self.sort or self.placeholders:
            raise ValueError(
                "a list with cbl is a read-list, has the order of its file, and no placeholders"
            )
        # Read here, not when the first item comes, so that `shelfhook check` finds what is wrong.
        try:
            self._order = collect_cbl.read(self.cbl)
        except ConfigurationError as error:
            raise ValueError("; ".join(error.faults)) from error


class CollectParameters(BaseModel):
    """Which collections and read lists are kept, and what belongs on them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists: tuple[ListRule, ...] = Field(
        default=(),
        description="The rules. Lists are made where they are missing; members are only ever "
        "added, and no list is deleted.",
    )

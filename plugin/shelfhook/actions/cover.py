"""`cover`: a better page becomes the cover of books whose first page makes a poor one.

A server shows the first page. That is often a blank sheet, or a double page of which a thumbnail
shows nothing. Then the first page that is neither becomes the cover, as an upload. A cover that
somebody chose, by an upload or by an image beside the file, is never replaced; nor is one that an
earlier run uploaded.

With `regenerate` the server makes its own covers anew. Komga can do that for all books of all
libraries at once, or for one book by analyzing it: here it is the latter, since a routine is about
its own books alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from shelfhook.actions.commands import command_on_book
from shelfhook.actions.cover_pages import look
from shelfhook.errors import Gone, Permanent, Refused
from shelfhook.model import Change, ChangeKind, Finding, Item, Severity
from shelfhook.ports import Covers, PlanContext, Planned


class CoverParameters(BaseModel):
    """Which page becomes the cover."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: int = Field(
        default=0,
        ge=0,
        description="The page that becomes the cover, counted from 1. 0: the first one that is "
        "none of what is to be avoided; a book whose first page is such a one stays as it is.",
    )
    avoid: tuple[Literal["landscape", "blank", "strip"], ...] = Field(
        default=("landscape", "blank"),
        description="Pages that make a poor cover: landscape (wider than high), blank (nearly all "
        "of one colour), strip (far higher than wide). What cannot be decoded is always avoided.",
    )
    look_at: int = Field(
        default=6,
        ge=2,
        le=50,
        description="How many pages from the first on are looked at.",
    )
    regenerate: bool = Field(
        default=False,
        description="Also have the host make its own cover anew, by analyzing the book, where that "
        "is the one to be shown. Komga then also reads the file's metadata again.",
    )


class Cover:
    """Chooses a page as the cover of a book that has none but the host's own."""

    name = "cover"
    parameters: type[BaseModel] = CoverParameters
    needs = frozenset({"covers"})

    def __init__(self, parameters: BaseModel) -> None:
        self._chosen = CoverParameters.model_validate(parameters)
        self._avoid = frozenset(self._chosen.avoid) | {"undecodable"}
        if self._chosen.regenerate:
            self.needs = Cover.needs | {"analyze"}

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """At most one change; a finding where no page is fit to be a cover."""
        host = cast(Covers, context.host)
        if not item.pages or host.cover(item.entity, item.id):
            return []
        planned = self._fixed(item) if self._chosen.page else self._first(item, host, context)
        if self._chosen.regenerate and not any(isinstance(one, Change) for one in planned):
            return [*planned, command_on_book(item, "analyze")]
        return planned

    def _first(self, item: Item, host: Covers, context: PlanContext) -> Sequence[Planned]:
        """The first page that is fit, unless that is the first of all."""
        assert item.pages is not None  # as plan has seen
        try:
            page = self._first_fit(item, host, context)
        except Refused:
            raise
        except (Gone, Permanent) as error:  # an EPUB has no pages that could be asked for
            return [_no_page(str(error))]
        if page == 0:
            return [_none_fits(min(item.pages, self._chosen.look_at))]
        return [_cover(item, page)] if page > 1 else []

    def _fixed(self, item: Item) -> Sequence[Planned]:
        page = self._chosen.page
        assert item.pages is not None  # as plan has seen
        # The first page is the host's own cover; an upload of it would only stand in its way.
        return [_cover(item, page)] if 1 < page <= item.pages else []

    def _first_fit(self, item: Item, host: Covers, context: PlanContext) -> int:
        """Number of the first page that may be a cover; 0 if there is none."""
        assert item.pages is not None  # as plan has seen
        for number in range(1, min(item.pages, self._chosen.look_at) + 1):
            if context.heavy(look, host.page(item.id, number)) not in self._avoid:
                return number
        return 0


def _cover(item: Item, page: int) -> Change:
    return Change(
        ChangeKind.COVER, item.entity, item.id, before={"cover": ""}, after={"page": page}
    )


def _none_fits(looked_at: int) -> Finding:
    return Finding(
        code="cover.none-fits",
        severity=Severity.INFO,
        message=f"none of the first {looked_at} pages makes a good cover",
        remedy="upload a cover at the host, or look at more pages",
    )


def _no_page(reason: str) -> Finding:
    return Finding(
        code="cover.no-page",
        severity=Severity.INFO,
        message=f"the pages cannot be looked at: {reason}",
        remedy="upload a cover at the host, or have the book analyzed if it should have pages",
    )

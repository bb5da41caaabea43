"""`normalize`: a book's and a series' fields from their names, where nobody has set them yet.

A server never leaves title and number of a book empty: it invents the file's name as the title and
the place in the series as the number. So a field counts as empty when it is blank or when it holds
such an invention, and is left alone in every other case (unless `overwrite` names it):

- A title is invented if it is the file's name without the extension.
- A number is invented if it looks like a place (a whole number, the same in `numberSort`) on a book
  whose title is invented too, or is the very title that this action gives. The latter because a
  server counts anew when a series grows. A title of any other origin says that a person or a
  ComicInfo.xml has been at work, and then the number is theirs as well.

A file name without a number that can be trusted gives neither.

Where a book holds its series' name itself, as in Calibre, it gets that, too, with the number: as
long as it is of no series and its title is the file's name. Afterwards, and of any other book, the
name says nothing: such servers make it of the title, so it would only say what was done before.

Of a series, title and sorting title are invented if they are the folder's name; its language and
publisher are not filled but written in another notation.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from shelfhook.actions import normalize_book, wishes
from shelfhook.actions.normalize_parameters import NormalizeParameters
from shelfhook.actions.normalize_series import SeriesNames
from shelfhook.model import Change, Item
from shelfhook.ports import PlanContext

__all__ = ["Normalize", "NormalizeParameters"]


class Normalize:
    """Fills title, number and more from file and folder names."""

    name = "normalize"
    parameters: type[BaseModel] = NormalizeParameters
    needs: frozenset[str] = frozenset()

    def __init__(self, parameters: BaseModel) -> None:
        self._chosen = NormalizeParameters.model_validate(parameters)
        self._series = SeriesNames(self._chosen)
        if self._chosen.series_title or self._chosen.sort_title or self._chosen.publishers:
            self.needs = frozenset({"write-series"})

    def plan(self, item: Item, context: PlanContext) -> Sequence[Change]:
        """At most one change, of the fields that are empty, not locked and would differ."""
        book = wishes.seen(item, context.host)
        wanted = normalize_book.wanted(book, self._chosen, context.host)
        return wishes.changes(item, wanted, context.host)

    def plan_series(self, series: Item, context: PlanContext) -> Sequence[Change]:
        """At most one change; none at a host whose series cannot be written."""
        if "write-series" not in context.host.capabilities:
            return []
        shown = wishes.seen(series, context.host)
        return wishes.changes(series, self._series.wanted(shown, context.host), context.host)

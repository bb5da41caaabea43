"""`embed`: the host's metadata of a book, and of its series, goes into the file as ComicInfo.xml.

Only what means something else is written; everything else in the file stays as it is (see
`embed_fields` for the table, and `archives.comicinfo` for the merge). Three things are left out,
because writing them would do harm:

- **A title that the server invented**, which is the file's name, and with it the number, which is
  then only the book's place in the series and changes when the series grows. Let `normalize` or a
  person give them first.
- **A series' name that differs from the one in the file.** Servers that group by the element
  `Series`, as Kavita does, would tear the series apart as long as only some of its files have the
  new name. So it is a finding, until `rename_series` says that it is meant; and even then no file
  of a series gets it unless all can (see `embed_series`). A name that Komga has made of `Series`
  and `Volume`, such as `Saga (2014)`, is no difference.
- **What the host does not say**: an empty field removes nothing, unless `clear` is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shelfhook.actions import embed_metron, embed_series
from shelfhook.actions.commands import command_on_book
from shelfhook.actions.embed_fields import KNOWN, differences
from shelfhook.actions.embed_series import SERIES
from shelfhook.actions.embed_sources import book_fields, not_a_cbz, series_fields, without_volume
from shelfhook.archives import embedding, metroninfo
from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Fields, Finding, Item, Severity, Value
from shelfhook.ports import Host, PlanContext, Planned, Sibling, Verdict


class EmbedParameters(BaseModel):
    """What is written into the files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    elements: tuple[str, ...] = Field(
        default=(),
        description="Elements of ComicInfo to write, such as Title or Writer. Empty: all that the "
        "host can fill.",
    )
    clear: bool = Field(
        default=False,
        description="Also remove elements whose field is empty at the host. False: the file keeps "
        "what the host does not know.",
    )
    rename_series: bool = Field(
        default=False,
        description="Also replace a Series that the file has with another name: in all books of "
        "the series, or in none as long as one of them cannot get it. Servers that group by this "
        "name would tear apart a series that is half renamed.",
    )
    also: tuple[Literal["metroninfo"], ...] = Field(
        default=(),
        description="What else is written of the same metadata: metroninfo for MetronInfo.xml, "
        "which comicbox translates. Needs the extra comicbox. A MetronInfo.xml that Shelfhook has "
        "not made is left alone.",
    )
    analyze: bool = Field(
        default=True,
        description="Have the host open the file again afterwards, if it can.",
    )

    @field_validator("elements")
    @classmethod
    def _known_elements(cls, elements: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [one for one in elements if one not in KNOWN]
        if unknown:
            raise ValueError(f"unknown element {unknown[0]!r}; use only {', '.join(KNOWN)}")
        return elements


class Embed:
    """Writes ComicInfo.xml into CBZ files."""

    name = "embed"
    parameters: type[BaseModel] = EmbedParameters
    needs = frozenset({"files"})

    def __init__(self, parameters: BaseModel) -> None:
        self._chosen = EmbedParameters.model_validate(parameters)
        self._elements = frozenset(self._chosen.elements or KNOWN)

    def check_ready(self) -> None:
        """Refuse the routine, rather than each of its items, where comicbox is wanting."""
        if self._chosen.also:
            metroninfo.check_ready()

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """The elements that the file lacks, as one change of it, and a command to look at it."""
        path = context.files.local(item)
        if other := not_a_cbz(item, path):
            return [other]
        present = embedding.present(path)
        wanted = self._wanted(item, present, context.host)
        findings, whole = self._series_name(item, wanted, present, context)
        metron, found = embed_metron.look(path, wanted) if self._chosen.also else ("", [])
        findings += found
        if not wanted and not metron:
            return findings
        before: dict[str, Value] = {
            "path": str(path),
            "comicinfo": {one: present.get(one, "") for one in wanted},
        }
        after: dict[str, Value] = {"path": str(path), "comicinfo": wanted}
        if metron:
            before[embed_metron.KEY], after[embed_metron.KEY] = metron, embed_metron.MADE
        if whole:
            after["whole"] = whole
        change = Change(ChangeKind.FILE, "book", item.id, before=before, after=after)
        return [*findings, change, *self._commands(item, context.host)]

    def build(self, change: Change, target: Path, context: PlanContext) -> None:
        """The same archive with these elements in its ComicInfo.xml, and what else was planned."""
        elements = change.after["comicinfo"]
        assert isinstance(elements, Mapping)  # as planned above
        texts = {name: str(text) for name, text in elements.items()}
        source, metron = str(change.before["path"]), embed_metron.KEY in change.after
        context.heavy(embedding.write, source, str(target), texts, metron=metron)

    def _wanted(self, item: Item, present: Mapping[str, str], host: Host) -> dict[str, str]:
        fields: dict[str, Fields] = {"book": book_fields(item, host)}
        if series := series_fields(item, host):
            fields["series"] = without_volume(series, present)
        return differences(fields, present, host, self._elements, clear=self._chosen.clear)

    def _series_name(
        self, item: Item, wanted: dict[str, str], present: Mapping[str, str], context: PlanContext
    ) -> tuple[list[Planned], str]:
        """Take a new name of the series out of what is wanted, unless all its books get it.

        Gives what was found, and the series' id if its books are to be written together.
        """
        if SERIES not in wanted:
            return [], ""
        old, new = present.get(SERIES, ""), wanted[SERIES]
        if not self._chosen.rename_series:
            if not old:
                return [], ""
            del wanted[SERIES]
            return [_differs(old, new)], ""
        if not item.series:  # its host has no series that could be torn apart
            return [], ""
        verdict = context.together(item, self, lambda books: self._judge(books, item, context))
        if verdict.value is None and not old:
            return [], ""  # no file of the series has another name
        del wanted[SERIES]
        if verdict.hindrance is not None:
            return [verdict.hindrance] if verdict.teller == item.id else [], ""
        if verdict.value in (None, old):  # renamed at the host since then: the next run's
            return [], ""
        wanted[SERIES] = str(verdict.value)
        return [], item.series

    def _judge(self, books: Sequence[Sibling], item: Item, context: PlanContext) -> Verdict:
        """Whether all books of an item's series can get its name."""
        fields = series_fields(item, context.host)

        def opened(book: Item) -> embed_series.Opened:
            path = context.files.local(book)
            if other := not_a_cbz(book, path):
                raise Permanent(other.message)
            return path, embedding.present(path)

        def name(present: Mapping[str, str]) -> str | None:
            its = {"series": without_volume(fields, present)}
            found = differences(its, present, context.host, {SERIES}, clear=self._chosen.clear)
            return found.get(SERIES)

        return embed_series.judge(books, opened, name)

    def _commands(self, item: Item, host: Host) -> list[Change]:
        if self._chosen.analyze and "analyze" in host.capabilities:
            return [command_on_book(item, "analyze")]
        return []


def _differs(old: str, new: str) -> Finding:
    return Finding(
        "embed.series-differs",
        Severity.INFO,
        f"the file says that its series is {old!r}, the host says {new!r}",
        "Run embed with rename_series over all books of the series, or rename it at the host.",
        place=SERIES,
    )

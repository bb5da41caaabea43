"""`embed`: the host's metadata of a book, and of its series, goes into the file as ComicInfo.xml.

Only what means something else is written; everything else in the file stays as it is (see
`embed_fields` for the table, and `archives.comicinfo` for the merge). Three things are left out,
because writing them would do harm:

- **A title that the server invented**, which is the file's name, and with it the number, which is
  then only the book's place in the series and changes when the series grows. Let `normalize` or a
  person give them first.
- **A series' name that differs from the one in the file.** Servers that group by the element
  `Series`, as Kavita does, would tear the series apart as long as only some of its files have the
  new name. So it is a finding, until `rename_series` says that the whole series is meant: run the
  routine then over all its books. A name that Komga has made of `Series` and `Volume`, such as
  `Saga (2014)`, is no difference.
- **What the host does not say**: an empty field removes nothing, unless `clear` is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shelfhook.actions import filenames
from shelfhook.actions.commands import command_on_book
from shelfhook.actions.embed_fields import KNOWN, differences
from shelfhook.archives import embedding, formats
from shelfhook.archives.trouble import told
from shelfhook.errors import Gone
from shelfhook.model import Change, ChangeKind, Fields, Finding, Item, Severity, Value
from shelfhook.ports import Host, PlanContext, Planned

_ARCHIVES = frozenset({"rar", "7z", "tar"})


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
        description="Also replace a Series that the file has with another name. Only for whole "
        "series: servers that group by this name tear apart one that is half renamed.",
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

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """The elements that the file lacks, as one change of it, and a command to look at it."""
        path = context.files.local(item)
        if other := _not_a_cbz(item, path):
            return [other]
        present = embedding.present(path)
        wanted = self._wanted(item, present, context.host)
        findings = self._kept_series(wanted, present)
        if not wanted:
            return findings
        change = Change(
            ChangeKind.FILE,
            "book",
            item.id,
            before={
                "path": str(path),
                "comicinfo": {one: present.get(one, "") for one in wanted},
            },
            after={"path": str(path), "comicinfo": wanted},
        )
        return [*findings, change, *self._commands(item, context.host)]

    def build(self, change: Change, target: Path, context: PlanContext) -> None:
        """The same archive with these elements in its ComicInfo.xml."""
        elements = change.after["comicinfo"]
        assert isinstance(elements, Mapping)  # as planned above
        texts = {name: str(text) for name, text in elements.items()}
        context.heavy(embedding.write, str(change.before["path"]), str(target), texts)

    def _wanted(self, item: Item, present: Mapping[str, str], host: Host) -> dict[str, str]:
        fields: dict[str, Fields] = {"book": _book(item, host)}
        if series := _series(item, host):
            fields["series"] = _without_volume(series.fields, present)
        return differences(fields, present, host, self._elements, clear=self._chosen.clear)

    def _kept_series(self, wanted: dict[str, str], present: Mapping[str, str]) -> list[Planned]:
        """Take a new name of the series out of what is wanted, unless it was asked for."""
        old = present.get("Series", "")
        if not old or "Series" not in wanted or self._chosen.rename_series:
            return []
        new = wanted.pop("Series")
        return [
            Finding(
                "embed.series-differs",
                Severity.INFO,
                f"the file says that its series is {old!r}, the host says {new!r}",
                "Run embed with rename_series over all books of the series, or rename it at the "
                "host.",
                place="Series",
            )
        ]

    def _commands(self, item: Item, host: Host) -> list[Change]:
        if self._chosen.analyze and "analyze" in host.capabilities:
            return [command_on_book(item, "analyze")]
        return []


def _not_a_cbz(item: Item, path: Path) -> Finding | None:
    """Why the file cannot be written; None if it is a CBZ in content and in name."""
    with told(path), path.open("rb") as file:
        kind = formats.kind_of(file.read(formats.HEAD))
    promised = formats.SUFFIXES.get(formats.suffix(path.name), "")
    if kind == promised == "zip":
        return None
    named = ", but is not named so" if kind == "zip" else ""
    convertible = kind in _ARCHIVES or (kind == "zip" and promised in _ARCHIVES)
    return Finding(
        "embed.not-a-cbz",
        Severity.INFO,
        f"{item.name} holds no ComicInfo.xml that could be written: "
        f"it is {formats.NAMES[kind]}{named}",
        "Convert it to CBZ with the action convert, or at the server."
        if convertible
        else "None: only CBZ files are written.",
    )


def _series(item: Item, host: Host) -> Item | None:
    if not item.series:
        return None
    try:
        return host.series(item.series)
    except Gone:
        return None


def _book(item: Item, host: Host) -> Fields:
    """The book's fields, without a title and a number that only the server has invented."""
    title = item.fields.get("title")
    if title != host.normalise("book", "title", filenames.stem(item.name)):
        return item.fields
    invented = {"title", "number"} - item.locks if "title" not in item.locks else set()
    return {name: value for name, value in item.fields.items() if name not in invented}


def _without_volume(series: Fields, present: Mapping[str, str]) -> Fields:
    """The series' fields; from its title goes the volume that Komga appends to `Series`."""
    title: Value = series.get("title")
    volume = present.get("Volume", "")
    if not isinstance(title, str) or not volume or title == present.get("Series"):
        return series
    return {**series, "title": title.removesuffix(f" ({volume})")}

"""`audit`: whether a book's file is sound, and whether its metadata can be true. Changes nothing.

Only on request it shows at the server which books need attention, by a tag or in a read list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shelfhook.actions import wishes
from shelfhook.actions.filenames import stem
from shelfhook.actions.findings import KINDS, at_least, findings, is_ignored
from shelfhook.archives.faults import Fault, plain
from shelfhook.archives.inspect import Inspection, inspect
from shelfhook.archives.limits import MIB, Limits
from shelfhook.model import Change, ChangeKind, Fields, Item, Severity, Value
from shelfhook.ports import Host, PlanContext, Planned

UNUSABLE = frozenset({"ERROR", "UNSUPPORTED"})
"""States of a file, in the host's words, in which the host can do nothing with it."""

_COMPARED = {"title": "Title", "number": "Number"}
Positive = Annotated[int, Field(gt=0)]


class AuditParameters(BaseModel):
    """What is examined, how much a file may ask, and how findings are shown at the server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    archive: bool = Field(
        default=True,
        description="Examine the archive: whether it is whole, every checksum, names, encryption.",
    )
    pages: bool = Field(
        default=True,
        description="Decode every page, and compare their number with the server's.",
    )
    comicinfo: bool = Field(
        default=True, description="Examine ComicInfo.xml: well-formed, and with sensible values."
    )
    metadata: bool = Field(
        default=True,
        description="Examine the server's metadata: required fields, titles that are file names, "
        "contradictions to ComicInfo.xml.",
    )
    require: tuple[str, ...] = Field(
        default=("title", "number"),
        description="Fields that must not be empty at the server, by the server's own names.",
    )
    require_comicinfo: bool = Field(
        default=False, description="Also report a book whose file has no ComicInfo.xml."
    )
    ignore: tuple[str, ...] = Field(
        default=(),
        description="Codes of findings to leave out, such as 'archive.junk' or 'metadata.*'.",
    )
    max_unpacked_mb: Positive = Field(
        default=4096, description="Megabytes to which an archive may unpack; more is refused."
    )
    max_entry_mb: Positive = Field(
        default=256, description="Megabytes to which one entry may unpack; more is refused."
    )
    max_ratio: Positive = Field(
        default=100,
        description="How many times its own size an archive may unpack to; more is refused as a "
        "bomb. Asked only of archives that unpack to more than 4 megabytes.",
    )
    max_entries: Positive = Field(
        default=10_000, description="Entries that an archive may have; more are refused."
    )
    max_megapixels: Positive = Field(
        default=150, description="Millions of pixels that a page may have; more are not decoded."
    )
    tag: str = Field(
        default="",
        description="Tag of books that need attention; it is removed from those that no longer do."
        " Empty: no tag.",
    )
    read_list: str = Field(
        default="",
        description="Read list into which books go that need attention. Empty: none.",
    )
    tag_severity: Literal["warning", "error"] = Field(
        default="error",
        description="How bad a finding must be for its book to need attention.",
    )

    @field_validator("ignore")
    @classmethod
    def _only_known_codes(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            if not any(is_ignored(code, (pattern,)) for code in KINDS):
                raise ValueError(
                    f"{pattern!r} fits no code of a finding; codes look like 'archive.junk', and "
                    "'archive.*' means all of that group"
                )
        return patterns

    @property
    def limits(self) -> Limits:
        """The limits for whoever reads the file."""
        return Limits(
            unpacked=self.max_unpacked_mb * MIB,
            entry=self.max_entry_mb * MIB,
            ratio=self.max_ratio,
            entries=self.max_entries,
            pixels=self.max_megapixels * 1_000_000,
        )


class Audit:
    """Reports what is wrong with a book's file and metadata."""

    name = "audit"
    parameters: type[BaseModel] = AuditParameters
    needs: frozenset[str] = frozenset()

    def __init__(self, parameters: BaseModel) -> None:
        self._chosen = chosen = AuditParameters.model_validate(parameters)
        asked = {
            "archive": chosen.archive,
            "page": chosen.pages,
            "comicinfo": chosen.comicinfo,
            "metadata": chosen.metadata,
            "host": True,
        }
        self._groups = frozenset(group for group in asked if asked[group])
        self._severity = Severity(chosen.tag_severity)
        self.only_looks = not (chosen.tag or chosen.read_list)
        if chosen.tag:
            self.needs |= {"write-book"}
        if chosen.read_list:
            self.needs |= {"read-lists"}

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """All findings of a book, and on request the changes that show them at the host."""
        inspection = self._inspect(item, context)
        faults = [*inspection.faults, *self._faults(item, inspection, context.host)]
        found = findings(
            [fault for fault in faults if self._asked(fault.code)],
            {code: count for code, count in inspection.more.items() if self._asked(code)},
            self._chosen.ignore,
        )
        bad = at_least(found, self._severity)
        return [*found, *self._tagged(item, context.host, bad), *self._listed(item, bad)]

    def _asked(self, code: str) -> bool:
        return code.partition(".")[0] in self._groups

    def _inspect(self, item: Item, context: PlanContext) -> Inspection:
        chosen = self._chosen
        if not (chosen.archive or chosen.pages or chosen.comicinfo):
            return Inspection("")
        with context.files.reading(item) as path:
            return context.heavy(inspect, path, chosen.limits, item.name, decode=chosen.pages)

    def _faults(self, item: Item, inspection: Inspection, host: Host) -> Iterator[Fault]:
        """What only the host's view shows."""
        if item.status.upper() in UNUSABLE:
            yield Fault("host.status", detail=plain(item.status))
        elif _pages_differ(item, inspection):
            yield Fault("page.count", detail=f"{item.pages} instead of {inspection.pages}")
        if self._chosen.require_comicinfo and inspection.examined and inspection.comic_info is None:
            yield Fault("comicinfo.missing")
        fields = wishes.seen(item, host).fields
        for field in self._chosen.require:
            if _is_blank(fields.get(field)):
                yield Fault("metadata.missing", field)
        if fields.get("title") == host.normalise("book", "title", stem(item.name)):
            yield Fault("metadata.stem", "title")
        yield from _contradictions(fields, inspection, host)

    def _tagged(self, item: Item, host: Host, bad: bool) -> Iterator[Change]:
        """The change of the book's tags, if it does not have ours exactly when it should."""
        present = item.fields.get("tags")
        if not self._chosen.tag or not isinstance(present, Sequence) or isinstance(present, str):
            return
        ours = _words(host.normalise("book", "tags", [self._chosen.tag]))
        others = [tag for tag in present if tag not in ours]
        wanted = host.normalise("book", "tags", [*present, *ours] if bad else others)
        if set(_words(wanted)) != set(_words(host.normalise("book", "tags", list(present)))):
            before, after = {"tags": present}, {"tags": wanted}
            yield Change(ChangeKind.FIELDS, "book", item.id, before=before, after=after)

    def _listed(self, item: Item, bad: bool) -> Iterator[Change]:
        if self._chosen.read_list and bad:
            member: Fields = {"member": item.id, "sort": "", "ordered": False}
            yield Change(ChangeKind.LIST, "read-list", self._chosen.read_list, after=member)


def _pages_differ(item: Item, inspection: Inspection) -> bool:
    """Whether the host counts pages that cannot be; those that it may not be able to read count."""
    if item.pages is None or inspection.pages is None or item.status.upper() not in ("", "READY"):
        return False
    return not inspection.pages - inspection.unreadable <= item.pages <= inspection.pages


def _contradictions(fields: Fields, inspection: Inspection, host: Host) -> Iterator[Fault]:
    for field, element in _COMPARED.items():
        told = (inspection.comic_info or {}).get(element, "")
        if _is_blank(fields.get(field)) or not told:
            continue
        if not _alike(host.normalise("book", field, told), fields[field]):
            yield Fault("metadata.differs", field, plain(f"{told} in the file"))


def _alike(one: Value, other: Value) -> bool:
    """Whether two texts say the same, whatever their capitals and leading zeros."""
    return str(one).casefold().lstrip("0") == str(other).casefold().lstrip("0")


def _is_blank(value: Value | None) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, Sequence) and not value)


def _words(value: Value) -> list[str]:
    return [str(one) for one in value] if isinstance(value, Sequence) else []

"""`convert`: CBR, CB7 and CBT files, and files under a wrong extension, become CBZ files.

What a file is, its first bytes tell. A RAR file named `.cbz` is replaced in its place; any other
gets the extension `.cbz`, and so a new path.

A new path is a new book for most servers. Komga gives it a new id: what was edited by hand, reading
progress and places in lists are lost. A server that says so has a converter of its own, which keeps
the id (the capability `convert`). Where that is switched on, the file is left to it; where it is
not, a conversion to a new path is only a finding, until `new_id_ok` says that the loss is meant.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from shelfhook.actions.commands import command_on_book
from shelfhook.archives import convert as archives
from shelfhook.archives import formats, readers
from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Converter, Finding, Item, Severity, Value
from shelfhook.ports import Converts, PlanContext, Planned

_BOOKS = frozenset(
    suffix for suffix, kind in formats.SUFFIXES.items() if kind in readers.READABLE | {"zip"}
)
"""Extensions of files that this action looks at."""
_GOOD = frozenset({".cbz", ".zip"})
_LOST = "lose edited metadata, reading progress and its places in lists"


class ConvertParameters(BaseModel):
    """How files are converted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webp_quality: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Also make pages WebP of this quality, where that is smaller; it cannot be "
        "taken back from the CBZ file. Not given: every page stays byte for byte. Files that are "
        "ZIP archives already keep their pages.",
    )
    new_id_ok: bool = Field(
        default=False,
        description="Also convert where the book gets a new id at the host, as on Komga, and loses "
        "edited metadata, reading progress and its places in lists. What the host's own converter "
        "is switched on for is left to it all the same.",
    )


class Convert:
    """Makes CBZ files of other archives."""

    name = "convert"
    parameters: type[BaseModel] = ConvertParameters
    needs = frozenset({"files"})

    def __init__(self, parameters: BaseModel) -> None:
        self._chosen = ConvertParameters.model_validate(parameters)

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """One change of the file, if it is not a CBZ file already.

        Only a finding where the host will convert it, or would take it for another book.
        """
        path = context.files.local(item)
        if path.suffix.lower() not in _BOOKS:
            return []
        kind = readers.kind(path)
        if kind not in readers.READABLE and (kind != "zip" or path.suffix.lower() in _GOOD):
            return []
        new = path if path.suffix.lower() == ".cbz" else path.with_suffix(".cbz")
        if new != path and "formats" in context.host.capabilities:
            return [_kept_by_host(item, kind)]
        warning: list[Planned] = []
        if new != path and "convert" in context.host.capabilities:
            finding, is_left = self._of_host(item, kind, cast(Converts, context.host))
            if is_left:
                return [finding]
            warning = [finding]
        readers.check_ready(kind)
        if new != path and os.path.lexists(new):
            raise Permanent(
                f"{path.name} cannot be converted: {new.name} lies beside it; remove one of the two"
            )
        change = self._change(item, path, new, kind)
        # In its old place the host would not notice.
        again = new == path and "analyze" in context.host.capabilities
        return [change, *warning, *([command_on_book(item, "analyze")] if again else [])]

    def build(self, change: Change, target: Path, context: PlanContext) -> None:
        """The archive as a CBZ file."""
        quality = change.after.get("webp_quality")
        assert quality is None or isinstance(quality, int)  # as planned below
        context.heavy(archives.convert, str(change.before["path"]), str(target), quality)

    def _of_host(self, item: Item, kind: str, host: Converts) -> tuple[Finding, bool]:
        """What is to be said where a new path is a new book, and whether the file is left alone."""
        own = host.converter(item, kind)
        if own is not None and own.on:
            return _by_host(item, kind), True
        if self._chosen.new_id_ok:
            return _new_id(item, kind), False
        return _not_converted(item, kind, own), True

    def _change(self, item: Item, path: Path, new: Path, kind: str) -> Change:
        after: dict[str, Value] = {"path": str(new), "format": "zip"}
        if self._chosen.webp_quality is not None and kind != "zip":
            after["webp_quality"] = self._chosen.webp_quality
        before = {"path": str(path), "format": kind}
        return Change(ChangeKind.FILE, "book", item.id, before=before, after=after)


def _kept_by_host(item: Item, kind: str) -> Finding:
    return Finding(
        "convert.kept-by-server",
        Severity.INFO,
        f"{item.name} is {formats.NAMES[kind]}; the server keeps a list of each book's files, and "
        "would miss one that was renamed",
        "convert the book at the server",
    )


def _by_host(item: Item, kind: str) -> Finding:
    return Finding(
        "convert.by-server",
        Severity.INFO,
        f"{item.name} is {formats.NAMES[kind]}; the server itself makes a CBZ of it after a scan, "
        "and the book keeps its id",
        "nothing; scan the library if you cannot wait",
    )


def _new_id(item: Item, kind: str) -> Finding:
    return Finding(
        "convert.new-id",
        Severity.WARNING,
        f"{item.name} is {formats.NAMES[kind]}; converted by Shelfhook it is another book to the "
        f"server: it will {_LOST}",
        "scan the library afterwards; undo brings the old file back",
    )


def _not_converted(item: Item, kind: str, own: Converter | None) -> Finding:
    told = "the server cannot convert it itself" if own is None else "the server's own would not"
    let = "" if own is None else f"{own.switch}; or "
    return Finding(
        "convert.server-side",
        Severity.WARNING,
        f"{item.name} is {formats.NAMES[kind]}; converted by Shelfhook it would get a new id, and "
        f"{_LOST}; {told}",
        f"{let}set new_id_ok if the loss does not matter",
    )

"""`convert`: CBR, CB7 and CBT files, and files under a wrong extension, become CBZ files.

What a file is, its first bytes tell. A RAR file named `.cbz` is replaced in its place; any other
gets the extension `.cbz`, and so a new path.

A new path is a new book for most servers. Komga gives it a new id: what was edited by hand, reading
progress and places in lists are lost. Its own converter keeps them, so on Komga a conversion to a
new path is only a finding, until `new_id_ok` says that the loss is meant.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from shelfhook.actions.commands import command_on_book
from shelfhook.archives import convert as archives
from shelfhook.archives import formats, readers
from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Finding, Item, Severity, Value
from shelfhook.ports import PlanContext, Planned

_BOOKS = frozenset(
    suffix for suffix, kind in formats.SUFFIXES.items() if kind in readers.READABLE | {"zip"}
)
"""Extensions of files that this action looks at."""
_GOOD = frozenset({".cbz", ".zip"})
_KEEPS_IDS_ITSELF = "komga"


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
        description="On Komga: also convert where the book gets a new id, and loses edited "
        "metadata, reading progress and its places in lists.",
    )


class Convert:
    """Makes CBZ files of other archives."""

    name = "convert"
    parameters: type[BaseModel] = ConvertParameters
    needs = frozenset({"files"})

    def __init__(self, parameters: BaseModel) -> None:
        self._chosen = ConvertParameters.model_validate(parameters)

    def plan(self, item: Item, context: PlanContext) -> Sequence[Planned]:
        """One change of the file, if it is not a CBZ file already; on Komga mostly a finding."""
        path = context.files.local(item)
        if path.suffix.lower() not in _BOOKS:
            return []
        kind = readers.kind(path)
        if kind not in readers.READABLE and (kind != "zip" or path.suffix.lower() in _GOOD):
            return []
        new = path if path.suffix.lower() == ".cbz" else path.with_suffix(".cbz")
        if new != path and context.host.kind == _KEEPS_IDS_ITSELF and not self._chosen.new_id_ok:
            return [_server_side(item, kind)]
        readers.check_ready(kind)
        if new != path and os.path.lexists(new):
            raise Permanent(
                f"{path.name} cannot be converted: {new.name} lies beside it; remove one of the two"
            )
        change = self._change(item, path, new, kind)
        # In its old place the host would not notice.
        again = new == path and "analyze" in context.host.capabilities
        return [change, command_on_book(item, "analyze")] if again else [change]

    def build(self, change: Change, target: Path, context: PlanContext) -> None:
        """The archive as a CBZ file."""
        quality = change.after.get("webp_quality")
        assert quality is None or isinstance(quality, int)  # as planned below
        context.heavy(archives.convert, str(change.before["path"]), str(target), quality)

    def _change(self, item: Item, path: Path, new: Path, kind: str) -> Change:
        after: dict[str, Value] = {"path": str(new), "format": "zip"}
        if self._chosen.webp_quality is not None and kind != "zip":
            after["webp_quality"] = self._chosen.webp_quality
        before = {"path": str(path), "format": kind}
        return Change(ChangeKind.FILE, "book", item.id, before=before, after=after)


def _server_side(item: Item, kind: str) -> Finding:
    return Finding(
        "convert.server-side",
        Severity.WARNING,
        f"{item.name} is {formats.NAMES[kind]}; converted by Shelfhook it would get a new id, and "
        "lose edited metadata, reading progress and its places in lists",
        "Let Komga do it: edit the library, and under Options choose to convert to CBZ "
        "automatically, or to repair extensions. Or set new_id_ok if the loss does not matter.",
    )

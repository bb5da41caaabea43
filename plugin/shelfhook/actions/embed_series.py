"""A series' new name goes into all its files or into none: half of them would be another series.

Judged by looking at every book before the first one is written. Only a name that *changes* needs
this: as long as no file of the series says another name than the host, the others may get it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from shelfhook.archives import embedding
from shelfhook.errors import Gone, Permanent
from shelfhook.model import Finding, Item, Severity
from shelfhook.ports import Sibling, Verdict

SERIES = "Series"
SPLIT = "embed.series-split"

Opened: TypeAlias = "tuple[Path, Mapping[str, str]]"
"""Where a book's file lies, and what its ComicInfo.xml says."""
Open: TypeAlias = "Callable[[Item], Opened]"
"""Opens a book's file; raises Gone or Permanent where it cannot be written."""
Name: TypeAlias = "Callable[[Mapping[str, str]], str | None]"
"""The name of the series for a file that says this; None if what it says means the same."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A book, the name in its file, the one that it is to have, and why it cannot get it."""

    sibling: Sibling
    old: str = ""
    new: str = ""
    hindered: str = ""

    @property
    def renamed(self) -> bool:
        """Whether its file says something else than it is to say."""
        return bool(self.old) and self.old != self.new


def judge(siblings: Sequence[Sibling], opened: Open, name: Name) -> Verdict:
    """Whether all books of a series can get its name, if that changes for any of them.

    Args:
        opened: opens a book's file.
        name: says how a file has to name the series.
    """
    seen = [_look(sibling, opened, name) for sibling in siblings]
    if not any(one.renamed for one in seen):
        return Verdict()
    new = next(one.new for one in seen if one.renamed)
    wanting = (one.sibling for one in seen if one.new != one.old)
    teller = next((one.item.id for one in wanting if not one.left_out), "")
    told = next((why for one in seen if (why := _hindrance(one, new))), "")
    return Verdict(new, _finding(told, new) if told else None, teller)


def _look(sibling: Sibling, opened: Open, name: Name) -> _Seen:
    try:
        path, present = opened(sibling.item)
    except (Gone, Permanent) as error:
        return _Seen(sibling, hindered=str(error))
    old = present.get(SERIES, "")
    wanted = name(present)
    if wanted is None or wanted == old:
        return _Seen(sibling, old, old)
    return _Seen(sibling, old, wanted, "" if sibling.left_out else _unwritable(path, wanted))


def _unwritable(path: Path, name: str) -> str:
    """Why a file cannot get another name of its series; "" if it can."""
    if path.is_symlink():
        return "it is a symbolic link"
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"nothing can be written into the folder {path.parent}"
    try:
        embedding.check(path, {SERIES: name})
    except (Gone, Permanent) as error:
        return str(error)
    return ""


def _hindrance(one: _Seen, new: str) -> str:
    """Why a book would not belong to the series any more; "" if it would."""
    book = one.sibling.item.name
    if one.hindered:
        return f"{book} cannot get the name: {one.hindered}"
    if one.new != new:
        return f"{book} would be of the series {one.new!r}: the files do not all have one Volume"
    if one.old != one.new and one.sibling.left_out:
        return f"{book} would not get the name: {one.sibling.left_out}"
    return ""


def _finding(told: str, new: str) -> Finding:
    return Finding(
        SPLIT,
        Severity.WARNING,
        f"the files of this series do not get its name {new!r}, which all get or none: {told}",
        "Put that book right or take it out of the series, have the host scan, and run the routine "
        "over the whole series.",
        place=SERIES,
    )

"""A change as people read it: before and after, lists as what was added and removed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shelfhook.model import BY_HOST, ChangeKind, ChangeState, LedgerChange
from shelfhook.web.pages import fieldnames

LONG: Final = 160
"""Texts longer than this are folded."""
STATES: Final = {
    ChangeState.INTENDED: "begun, not confirmed",
    ChangeState.APPLIED: "made",
    ChangeState.PLANNED: "planned",
    ChangeState.GATHERED: "gathered; the list is written at the end of the job",
    ChangeState.SUPERSEDED: "not made; planned anew",
}
NOTHING: Final = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One difference. Either texts (`before`, `after`; "" is nothing) or a list's members."""

    label: str
    before: str = ""
    after: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: int = 0
    of_list: bool = False
    folded: bool = False
    plain: bool = False
    """Whether `after` stands alone: there is no before to compare it with."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change with all its differences."""

    id: int
    title: str
    action: str
    state: str
    made: bool
    rows: tuple[Row, ...]


def view(found: LedgerChange) -> ChangeView:
    """A change for the page."""
    change = found.change
    title, rows = _KINDS[change.kind](change)
    by_host = change.action == BY_HOST
    return ChangeView(
        id=found.id,
        title=title,
        action="by the server itself" if by_host else change.action,
        state=STATES[found.state],
        made=found.state is ChangeState.APPLIED,
        rows=tuple(rows),
    )


def labels(changes: Iterable[ChangeView]) -> str:
    """What is different, in a few words: `Title, Number, Tags`."""
    found = dict.fromkeys(row.label for change in changes for row in change.rows)
    shown = list(found)[:5]
    return ", ".join(shown) + (f" and {len(found) - 5} more" if len(found) > 5 else "")


def _fields(change: Any) -> tuple[str, list[Row]]:
    title = "Series" if change.entity == "series" else "Book"
    return f"{title}: metadata", _rows(change.before, change.after)


def _rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    names = dict.fromkeys([*before, *after])
    return [_row(fieldnames.in_words(name), before.get(name), after.get(name)) for name in names]


def _row(label: str, before: Any, after: Any) -> Row:
    if _is_list(before) or _is_list(after):
        return _of_lists(label, _texts(before), _texts(after))
    return _of_texts(label, text(before), text(after))


def _of_texts(label: str, before: str, after: str) -> Row:
    folded = any(len(one) > LONG or "\n" in one for one in (before, after))
    return Row(label, before, after, folded=folded)


def _of_lists(label: str, before: Sequence[str], after: Sequence[str]) -> Row:
    added = tuple(one for one in after if one not in before)
    removed = tuple(one for one in before if one not in after)
    if not added and not removed:  # another order, or a repeat
        return _of_texts(label, ", ".join(before), ", ".join(after))
    kept = sum(one in after for one in before)
    return Row(label, added=added, removed=removed, kept=kept, of_list=True)


def _command(change: Any) -> tuple[str, list[Row]]:
    what = "series" if change.entity == "series" else "book"
    asked = {
        "analyze": f"open the {what}'s file again and count its pages",
        "refresh": f"read the {what}'s metadata again",
        "convert": f"convert the {what}'s file",
    }
    wish = asked.get(change.command, change.command)
    return "Order to the server", [Row("The server shall", after=wish, plain=True)]


def _file(change: Any) -> tuple[str, list[Row]]:
    before, after = change.before, change.after
    old, new = str(before.get("path", "")), str(after.get("path", ""))
    rows = [_of_texts("File", old, new) if old != new else Row("File", after=new, plain=True)]
    elements = after.get("comicinfo")
    if isinstance(elements, Mapping):
        was = before.get("comicinfo")
        rows += _rows(was if isinstance(was, Mapping) else {}, elements)
    if before.get("kept"):
        rows.append(Row("Old file kept at", after=str(before["kept"]), plain=True))
    return ("File: rewritten" if old == new else "File: replaced"), rows


def _list(change: Any) -> tuple[str, list[Row]]:
    kind = "collection" if change.entity == "collection" else "read list"
    if "members" in change.after:
        rows = [_row("Members", change.before.get("members"), change.after["members"])]
        return f"{kind[:1].upper()}{kind[1:]} {change.entity_id}", rows
    rows = [Row(f"Joins the {kind}", added=(change.entity_id,), of_list=True)]
    if change.after.get("sort"):
        rows.append(Row("Place in it", after=text(change.after["sort"]), plain=True))
    return f"{kind[:1].upper()}{kind[1:]}", rows


def _cover(change: Any) -> tuple[str, list[Row]]:
    page = change.after.get("page")
    before = "" if not change.before.get("cover") else "a cover chosen before"
    after = f"page {page}" if page is not None else "the server's own cover"
    return "Cover", [Row("Cover", before or "the server's own cover", after)]


_KINDS: Final = {
    ChangeKind.FIELDS: _fields,
    ChangeKind.COMMAND: _command,
    ChangeKind.FILE: _file,
    ChangeKind.LIST: _list,
    ChangeKind.COVER: _cover,
}


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [text(one) for one in value] if _is_list(value) else [text(value)]


def text(value: Any) -> str:
    """A metadata value as one text; "" for nothing."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if _is_list(value):
        return ", ".join(text(one) for one in value)
    return str(value)


def _of_mapping(value: Mapping[str, Any]) -> str:
    """Authors and links by what they are; anything else as JSON."""
    if value.keys() == {"name", "role"}:
        return f"{value['name']} ({value['role']})"
    if value.keys() == {"label", "url"}:
        return f"{value['label']}: {value['url']}"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)

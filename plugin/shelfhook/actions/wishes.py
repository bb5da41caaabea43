"""From the values that an action wants to the one change that is really needed."""

from __future__ import annotations

from shelfhook.model import Change, ChangeKind, Fields, Item, Value
from shelfhook.ports import Host


def changes(item: Item, wanted: Fields, host: Host) -> list[Change]:
    """At most one change, of the fields that the host has, that are not locked and would differ."""
    after: dict[str, Value] = {}
    for name, value in wanted.items():
        if name in item.fields and name not in item.locks:
            stored = host.normalise(item.entity, name, value)
            if stored != item.fields[name]:
                after[name] = stored
    if not after:
        return []
    before = {name: item.fields[name] for name in after}
    return [Change(ChangeKind.FIELDS, item.entity, item.id, before=before, after=after)]


def is_blank(value: Value | None) -> bool:
    """Whether a field holds nothing: null, or a text without a letter in it."""
    return value is None or (isinstance(value, str) and not value.strip())


def text_of(item: Item, name: str) -> str:
    """A field's text; "" if there is none."""
    value = item.fields.get(name)
    return value if isinstance(value, str) else ""

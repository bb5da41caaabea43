"""Reading fields by their common names, and from the values that an action wants to the change.

See [`Vocabulary`][shelfhook.ports.Vocabulary] for these names.
"""

from __future__ import annotations

from dataclasses import replace

from shelfhook.model import Change, ChangeKind, Fields, Item, Value
from shelfhook.ports import Host, Vocabulary


def changes(item: Item, wanted: Fields, host: Host) -> list[Change]:
    """At most one change, of the fields that the host has, that are not locked and would differ.

    Args:
        item: as the host gave it.
        wanted: values by their common names, or by names that only this host has.
    """
    vocabulary = _vocabulary(host)
    own = wanted if vocabulary is None else vocabulary.own(item, wanted)
    after: dict[str, Value] = {}
    for name, value in own.items():
        if name in item.fields and name not in item.locks:
            stored = host.normalise(item.entity, name, value)
            if stored != item.fields[name]:
                after[name] = stored
    if not after:
        return []
    before = {name: item.fields[name] for name in after}
    return [Change(ChangeKind.FIELDS, item.entity, item.id, before=before, after=after)]


def seen(item: Item, host: Host) -> Item:
    """The item with its fields by their common names, too; what cannot be written is locked."""
    vocabulary = _vocabulary(host)
    if vocabulary is None:
        return item
    said = vocabulary.common(item)
    return replace(item, fields={**item.fields, **said.fields}, locks=item.locks | said.fixed)


def of_series(book: Item, host: Host) -> Fields:
    """What a book says of its series by itself, by common names; nothing at most hosts.

    Args:
        book: as the host gave it, or as `seen`.
    """
    vocabulary = _vocabulary(host)
    return {} if vocabulary is None else vocabulary.common(book).series


def is_blank(value: Value | None) -> bool:
    """Whether a field holds nothing: null, or a text without a letter in it."""
    return value is None or (isinstance(value, str) and not value.strip())


def text_of(item: Item, name: str) -> str:
    """A field's text; "" if there is none."""
    value = item.fields.get(name)
    return value if isinstance(value, str) else ""


def _vocabulary(host: Host) -> Vocabulary | None:
    found: Vocabulary | None = getattr(host, "vocabulary", None)
    return found

"""From what the actions want to what is really done: one write per entity, nothing needless."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Item, Value
from shelfhook.ports import Action, Host, PlanContext


def plan(item: Item, actions: Sequence[Action], context: PlanContext) -> tuple[Change, ...]:
    """Let the actions plan one after the other, each seeing the result of those before.

    Field changes of an entity become one change with the first before and the last after, in the
    host's own normal form; what equals the present state, or is locked, is dropped. Commands come
    last, each once, since they act on what was written.
    """
    planned: list[Change] = []
    seen = item
    for action in actions:
        for change in action.plan(seen, context):
            _check(change, item)
            planned.append(change)
            seen = apply(seen, change)
    if not planned:
        return ()
    commands: list[Change] = []
    for change in planned:
        if change.kind is ChangeKind.COMMAND and change not in commands:
            commands.append(change)
    return (*_merge(item, planned, context.host), *commands)


def apply(item: Item, change: Change) -> Item:
    """The item as it will look after a change of its own fields."""
    if change.kind is not ChangeKind.FIELDS or change.entity_id != item.id:
        return item
    return replace(item, fields={**item.fields, **change.after})


def _check(change: Change, item: Item) -> None:
    """Catch an action's mistake here, where it can be named."""
    if change.kind is ChangeKind.FIELDS and change.entity_id != item.id:
        raise Permanent(
            f"an action planned fields of {change.entity} {change.entity_id} while it looked at"
            f" {item.id}; an action may only change the item it is given"
        )


def _merge(item: Item, planned: Sequence[Change], host: Host) -> tuple[Change, ...]:
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    entity = "book"
    for change in planned:
        if change.kind is ChangeKind.FIELDS:
            entity = change.entity
            for name, value in change.after.items():
                if name not in item.locks:
                    before.setdefault(name, item.fields.get(name))
                    after[name] = host.normalise(change.entity, name, value)
    wanted = [name for name in after if after[name] != before[name]]
    if not wanted:
        return ()
    return (
        Change(
            ChangeKind.FIELDS,
            entity,
            item.id,
            before={name: before[name] for name in wanted},
            after={name: after[name] for name in wanted},
        ),
    )


def came_true(item: Item, change: Change) -> bool:
    """Whether the host already has what a change wanted (it was made before a crash, say)."""
    return change.kind is ChangeKind.FIELDS and all(
        alike(item.fields.get(name), value) for name, value in change.after.items()
    )


def alike(one: object, other: object) -> bool:
    """Whether two values are one to the store, which keeps JSON: it knows no tuples."""
    return one == other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def key_of(change: Change) -> str:
    """Tells whether two changes are the same, also where one comes from the store."""
    parts = (change.kind, change.entity, change.entity_id, change.command)
    return json.dumps([*parts, dict(change.before), dict(change.after)], sort_keys=True)

"""From what the actions want to what is really done: one write per entity, nothing needless."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Fields, Finding, Item, Severity, Value
from shelfhook.ports import Action, Host, PlanContext, Planned

Locks: TypeAlias = Literal["respect", "override", "set"]
"""What is done about fields that are locked at the host: left alone; written all the same; left
alone, and what is written is locked, so that the host's own updates leave it."""

NEXT_RUN = "file.next-run"
"""Code of the finding that a file is to be written once more."""
ORDER = (ChangeKind.FIELDS, ChangeKind.FILE, ChangeKind.COVER, ChangeKind.LIST, ChangeKind.COMMAND)
"""Commands come last, since they act on what was written."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with an item, and what was found wrong with it."""

    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: Plan) -> Plan:
        changes = (*self.changes, *other.changes)
        return Plan(in_order(changes), (*self.findings, *other.findings))


NOTHING = Plan()


Look: TypeAlias = "tuple[str, Callable[[Item, PlanContext], Sequence[Planned]]]"
"""An action's name, and its method for one sort of entity."""


def looks_at_items(actions: Sequence[Action]) -> list[Look]:
    """How each action looks at an item."""
    return [(action.name, action.plan) for action in actions]


def looks_at_series(actions: Sequence[Action]) -> list[Look]:
    """How each action looks at a series; not every one does."""
    found = [(action.name, getattr(action, "plan_series", None)) for action in actions]
    return [(name, look) for name, look in found if look is not None]


def plan(item: Item, looks: Sequence[Look], context: PlanContext, locks: Locks = "respect") -> Plan:
    """Let the actions plan one after the other, each seeing the result of those before.

    Field changes of an entity become one change with the first before and the last after, in the
    host's own normal form; what equals the present state, or is locked, is dropped. All else comes
    once each, in `ORDER`.
    """
    planned: list[Change] = []
    findings: list[Finding] = []
    seen = replace(item, locks=frozenset()) if locks == "override" and item.locks else item
    for name, look in looks:
        for one in look(seen, context):
            if isinstance(one, Finding):
                findings.append(replace(one, action=name))
                continue
            _check(one, item)
            planned.append(replace(one, action=name))
            seen = apply(seen, one) if not seen.locks else _apply_unlocked(seen, one)
    if not planned:
        return Plan((), tuple(findings)) if findings else NOTHING
    others, late = _one_file(change for change in planned if change.kind is not ChangeKind.FIELDS)
    merged = _merge(item, planned, context.host, locks)
    return Plan(in_order((*merged, *others)), (*findings, *late))


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Each change once, whoever planned it, in the order in which they are made."""
    once: list[Change] = []
    for change in changes:
        if not any(_same(change, other) for other in once):
            once.append(change)
    if len(once) > 1:
        once.sort(key=lambda change: ORDER.index(change.kind))
    return tuple(once)


def _same(one: Change, other: Change) -> bool:
    return one.kind is other.kind and replace(one, action=other.action) == other


def apply(item: Item, change: Change) -> Item:
    """The item as it will look after a change of its own fields."""
    if change.kind is not ChangeKind.FIELDS or not is_about(change, item):
        return item
    return replace(item, fields={**item.fields, **change.after})


def _apply_unlocked(item: Item, change: Change) -> Item:
    """The same without the fields that are locked: these will stay."""
    after = {name: value for name, value in change.after.items() if name not in item.locks}
    return apply(item, replace(change, after=after))


def is_about(change: Change, item: Item) -> bool:
    """Whether a change is one of this entity."""
    return (change.entity, change.entity_id) == (item.entity, item.id)


def _check(change: Change, item: Item) -> None:
    """Catch an action's mistake here, where it can be named."""
    if change.kind is ChangeKind.FIELDS and not is_about(change, item):
        raise Permanent(
            f"an action planned fields of {change.entity} {change.entity_id} while it looked at"
            f" {item.entity} {item.id}; an action may only change the item it is given"
        )


def _one_file(changes: Iterable[Change]) -> tuple[list[Change], list[Finding]]:
    """Only one action at a time rewrites a file: a second one would work on the old one."""
    kept: list[Change] = []
    late: list[Finding] = []
    for change in changes:
        if change.kind is ChangeKind.FILE and any(one.kind is ChangeKind.FILE for one in kept):
            told = f"{change.action} will work on the file that is written now"
            remedy = "run the routine once more"
            late.append(Finding(NEXT_RUN, Severity.INFO, told, remedy, action=change.action))
        else:
            kept.append(change)
    return kept, late


def _merge(item: Item, planned: Sequence[Change], host: Host, locks: Locks) -> tuple[Change, ...]:
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    names: dict[str, None] = {}
    for change in planned:
        if change.kind is ChangeKind.FIELDS:
            names[change.action] = None
            for name, value in change.after.items():
                if name not in item.locks or locks == "override":
                    before.setdefault(name, item.fields.get(name))
                    after[name] = host.normalise(change.entity, name, value)
    wanted = [name for name in after if after[name] != before[name]]
    if not wanted:
        return ()
    if locks == "set":
        wanted += _locked(item, wanted, host, before, after)
    return (
        Change(
            ChangeKind.FIELDS,
            item.entity,
            item.id,
            before={name: before[name] for name in wanted},
            after={name: after[name] for name in wanted},
            action=" ".join(names),
        ),
    )


def _locked(
    item: Item, wanted: Sequence[str], host: Host, before: dict[str, Value], after: dict[str, Value]
) -> list[str]:
    """Put the locks of the fields that are written beside them; gives the locks' names."""
    found = []
    for name in wanted:
        lock = host.lock(item.entity, name)
        if lock and lock not in after and not item.fields.get(lock):
            before[lock], after[lock] = item.fields.get(lock, False), True
            found.append(lock)
    return found


def has(item: Item, fields: Fields) -> bool:
    """Whether an item has all these values."""
    return all(alike(item.fields.get(name), value) for name, value in fields.items())


def unlike(item: Item, fields: Fields) -> str:
    """Which of these values are others now, for people."""
    names = [name for name, value in fields.items() if not alike(item.fields.get(name), value)]
    return ", ".join(f"{name} is {item.fields.get(name)!r}" for name in names)


def series_mark(fingerprint: str) -> str:
    """A series' fingerprint, short enough to stand beside each of its books'."""
    return digest(fingerprint)[:16]


def alike(one: object, other: object) -> bool:
    """Whether two values are one to the store, which keeps JSON: it knows no tuples."""
    return one == other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def key_of(change: Change) -> str:
    """Tells whether two changes are the same, also where one comes from the store."""
    parts = (change.kind, change.entity, change.entity_id, change.command)
    return json.dumps([*parts, dict(change.before), dict(change.after)], sort_keys=True)


def digest(fingerprint: str) -> str:
    """The part of a fingerprint that is of the fields alone (see `Host.fingerprint`)."""
    return fingerprint.rpartition(".")[2]

"""From what the actions want to what is done: one write per entity and nothing needless."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Finding, Item, Severity, Value
from shelfhook.ports import PlanContext
from shelfhook.runner.planning import Locks, Plan, has, looks_at_items, looks_at_series, plan
from tests.support.contexts import context
from tests.support.hosts import FakeAction, FakeHost, action, fields

HOST = FakeHost(1)
CONTEXT = context(HOST)
ITEM = Item("b0", "b0.cbz", "lib", "s1", fields={"title": "old", "number": "1", "tags": ["a"]})


def setting(**after: Value) -> FakeAction:
    return action(lambda item, _: [fields(item, **after)])


def commanding(*commands: str) -> FakeAction:
    return action(
        lambda item, _: [
            Change(ChangeKind.COMMAND, "book", item.id, command=command) for command in commands
        ]
    )


def planned(*actions: FakeAction, item: Item = ITEM) -> tuple[Change, ...]:
    return plan(item, looks_at_items(actions), CONTEXT).changes


def test_nothing_planned_is_nothing_to_do() -> None:
    assert planned(action(lambda *_: []), action(lambda *_: [])) == ()


def test_several_actions_become_one_write_with_the_first_before_and_the_last_after() -> None:
    (change,) = planned(setting(title="middle"), setting(title="new", number="2"))
    assert change.after == {"title": "new", "number": "2"}
    assert change.before == {"title": "old", "number": "1"}


def test_a_later_action_sees_what_an_earlier_one_did() -> None:
    def append(item: Item, _: PlanContext) -> Sequence[Change]:
        return [fields(item, title=f"{item.fields['title']}+")]

    (change,) = planned(action(append), action(append), action(append))
    assert change.after == {"title": "old+++"}


def test_what_ends_as_it_began_is_not_written() -> None:
    assert planned(setting(title="there"), setting(title="old")) == ()


def test_only_fields_that_differ_are_written() -> None:
    (change,) = planned(setting(title="new", number="1"))
    assert (change.before, change.after) == ({"title": "old"}, {"title": "new"})


def test_a_value_that_the_host_would_store_as_it_is_now_is_not_written() -> None:
    assert planned(setting(title="  old ")) == ()


def test_values_are_recorded_as_the_host_will_store_them() -> None:
    (change,) = planned(setting(title="  new "))
    assert change.after == {"title": "new"}


def test_a_locked_field_stays_and_the_others_are_written() -> None:
    locked = Item("b0", "b0.cbz", fields=ITEM.fields, locks=frozenset({"title"}))
    (change,) = planned(setting(title="new", number="2"), item=locked)
    assert change.after == {"number": "2"}
    assert planned(setting(title="new"), item=locked) == ()


def test_commands_come_last_and_each_once() -> None:
    changes = planned(commanding("analyze"), setting(title="new"), commanding("analyze", "refresh"))
    assert [change.command for change in changes] == ["", "analyze", "refresh"]


@pytest.mark.parametrize("after", [{"title": "new"}, {"number": "9", "tags": ["b"]}])
def test_an_action_may_not_change_another_item(after: dict[str, Value]) -> None:
    stray = Change(ChangeKind.FIELDS, "book", "b7", before={}, after=after)
    with pytest.raises(Permanent, match="an action may only change the item it is given"):
        planned(action(lambda *_: [stray]))


def test_a_new_field_has_no_before() -> None:
    (change,) = planned(setting(summary="long"))
    assert (change.before, change.after) == ({"summary": None}, {"summary": "long"})


@pytest.mark.parametrize(
    ("after", "there"),
    [({"title": "old"}, True), ({"title": "old", "number": "2"}, False), ({"gone": None}, True)],
)
def test_a_change_has_come_true_if_every_field_is_there(
    after: dict[str, Value], there: bool
) -> None:
    assert has(ITEM, after) is there


def test_a_command_that_two_actions_want_is_one() -> None:
    one, other = commanding("analyze"), commanding("analyze")
    type(one).name, type(other).name = "one", "other"
    assert [change.command for change in planned(one, other)] == ["analyze"]


def test_each_change_and_finding_says_whose_it_is() -> None:
    found = Finding("x.y", Severity.INFO, "odd", "look")
    renaming = setting(title="new")
    type(renaming).name = "renaming"
    whole = plan(ITEM, looks_at_items([renaming, action(lambda *_: [found])]), CONTEXT)
    assert [change.action for change in whole.changes] == ["renaming"]
    assert [finding.action for finding in whole.findings] == ["fake"]


LOCKED = Item("b0", "b0.cbz", fields={**ITEM.fields, "titleLock": True}, locks=frozenset({"title"}))


@pytest.mark.parametrize(
    ("locks", "after"),
    [
        ("respect", {"number": "2"}),
        ("override", {"title": "new", "number": "2"}),
        ("set", {"number": "2", "numberLock": True}),
    ],
)
def test_locks_are_respected_overridden_or_set(locks: Locks, after: dict[str, Value]) -> None:
    both = setting(title="new", number="2")
    (change,) = plan(LOCKED, looks_at_items([both]), CONTEXT, locks).changes
    assert change.after == after


def test_a_lock_that_is_set_is_recorded_with_what_was_before() -> None:
    (change,) = plan(ITEM, looks_at_items([setting(title="new")]), CONTEXT, "set").changes
    assert change.before == {"title": "old", "titleLock": False}


def test_a_second_change_of_the_same_file_waits_for_the_next_run() -> None:
    first = Change(ChangeKind.FILE, "book", "b0", {"path": "/a.cbz"}, {"path": "/a.cbz", "x": "1"})
    second = Change(ChangeKind.FILE, "book", "b0", {"path": "/a.cbz"}, {"path": "/a.cbz", "x": "2"})
    both = [action(lambda *_: [first]), action(lambda *_: [second])]
    whole = plan(ITEM, looks_at_items(both), CONTEXT)
    assert [change.after["x"] for change in whole.changes] == ["1"]
    assert [finding.code for finding in whole.findings] == ["file.next-run"]


def test_an_action_that_knows_no_series_plans_nothing_for_one() -> None:
    series = Item("s1", "A Series", entity="series", fields={"title": "A Series"})
    assert plan(series, looks_at_series([setting(title="new")]), CONTEXT) == Plan()

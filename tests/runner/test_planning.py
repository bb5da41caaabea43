"""From what the actions want to what is done: one write per entity and nothing needless."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Item, Value
from shelfhook.runner.planning import came_true, plan
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
    return plan(item, actions, CONTEXT)


def test_nothing_planned_is_nothing_to_do() -> None:
    assert planned(action(lambda *_: []), action(lambda *_: [])) == ()


def test_several_actions_become_one_write_with_the_first_before_and_the_last_after() -> None:
    (change,) = planned(setting(title="middle"), setting(title="new", number="2"))
    assert change == fields(ITEM, title="new", number="2")
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
    assert came_true(ITEM, Change(ChangeKind.FIELDS, "book", "b0", after=after)) is there


def test_a_command_never_counts_as_done() -> None:
    assert not came_true(ITEM, Change(ChangeKind.COMMAND, "book", "b0", command="analyze"))

"""What is told of jobs until it is written: in full, then counted; never secrets or too much."""

from __future__ import annotations

import pytest

from shelfhook.model import JobLine
from shelfhook.runner import journal as room
from shelfhook.runner.journal import EACH, Journal
from tests.support.clock import FakeClock
from tests.support.stores import NOW


def test_lines_are_taken_once_and_in_their_order() -> None:
    journal = Journal(FakeClock(NOW))
    journal.note(1, "begun", "sweep on L1")
    journal.note(2, "paused", "the host is down", "warning")
    assert journal.take() == [
        JobLine(1, NOW, "begun", "sweep on L1"),
        JobLine(2, NOW, "paused", "the host is down", "warning"),
    ]
    assert journal.take() == []


def test_the_first_items_of_a_kind_are_told_and_the_rest_counted_at_the_end() -> None:
    journal = Journal(FakeClock(NOW))
    for number in range(EACH + 1_234):
        journal.item(1, "failed", f"item {number}")
    journal.item(1, "retried", "item 3")
    journal.item(2, "failed", "of another job")
    journal.end(1, "completed")
    lines = [line for line in journal.take() if line.job_num == 1]
    assert [line.message for line in lines[EACH:]] == [
        "item 3",
        "… and 1,234 more of this kind",
        "completed",
    ]
    journal.item(1, "failed", "of the job's next run")
    assert len(journal.take()) == 1


def test_secrets_are_masked_and_long_messages_cut() -> None:
    journal = Journal(FakeClock(NOW), lambda text: text.replace("hunter2", "***"))
    journal.item(1, "failed", "401 for hunter2 " + "x" * 10_000)
    (line,) = journal.take()
    assert line.message.startswith("401 for *** xxx")
    assert len(line.message) == room.LONGEST


def test_while_the_store_is_away_lines_wait_but_do_not_pile_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "MOST", 3)
    journal = Journal(FakeClock(NOW))
    for number in range(2):
        journal.note(1, "n", f"{number}")
    lost = journal.take()
    for number in range(2, 9):
        journal.note(1, "n", f"{number}")
    journal.give_back(lost)
    assert [line.message for line in journal.take()] == ["0", "1", "2"]

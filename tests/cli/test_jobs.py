from __future__ import annotations

import pytest

from shelfhook.clock import SystemClock
from shelfhook.model import EventKind, Job, JobRequest, NewEvent, Trigger
from shelfhook.store import Store
from tests.cli.conftest import BOOKS
from tests.cli.terminal import Terminal


@pytest.fixture
def ran(terminal: Terminal) -> str:
    """The id of a job that has run."""
    return str(terminal.document("run", "process-all")["id"])


def queue(store: Store) -> Job:
    request = JobRequest("process-all", "komga", "", Trigger.CLI)
    event = NewEvent("komga", EventKind.ROUTINE_CALLED, "a-call", routine="process-all")
    return store.jobs.request(request, event, SystemClock().now())[0]


def test_no_job_yet_says_how_to_start_one(terminal: Terminal) -> None:
    done = terminal.call("jobs")
    assert done.exit_code == 0
    assert "shelfhook run process-all" in done.stdout


def test_the_list_has_a_line_per_job(terminal: Terminal, ran: str) -> None:
    shown = terminal.call("jobs").stdout
    assert ran[:8] in shown
    assert f"{BOOKS} of {BOOKS}" in shown
    assert terminal.document("jobs")["jobs"][0]["id"] == ran


def test_a_job_is_shown_by_the_beginning_of_its_id_with_its_changes(
    terminal: Terminal, ran: str
) -> None:
    shown = terminal.call("jobs", ran[:8]).stdout
    assert "completed" in shown
    assert "title" in shown
    assert "→" in shown


def test_a_jobs_items_come_by_outcome_with_before_and_after(terminal: Terminal, ran: str) -> None:
    document = terminal.document("jobs", ran, "--outcome", "changed", "--limit", "3")
    assert [item["outcome"] for item in document["items"]] == ["changed"] * 3
    (change, *_) = document["items"][0]["changes"]
    assert change["before"].keys() == change["after"].keys()
    assert terminal.document("jobs", ran, "--outcome", "failed")["items"] == []


def test_a_job_nobody_knows_is_wrong_use(terminal: Terminal) -> None:
    done = terminal.call("jobs", "deadbeef")
    assert done.exit_code == 2
    assert "unknown job 'deadbeef'" in done.stderr


def test_a_waiting_job_is_cancelled_at_once(terminal: Terminal) -> None:
    with terminal.store() as store:
        job = queue(store)
    assert f"Job {job.short} is cancelled" in terminal.call("jobs", job.short, "--cancel").stdout


def test_a_finished_job_cannot_be_cancelled(terminal: Terminal, ran: str) -> None:
    done = terminal.call("jobs", ran, "--cancel")
    assert done.exit_code == 2
    assert "completed already" in done.stderr


def test_outcome_and_cancel_need_a_job(terminal: Terminal) -> None:
    assert terminal.call("jobs", "--cancel").exit_code == 2
    assert terminal.call("jobs", "--outcome", "failed").exit_code == 2

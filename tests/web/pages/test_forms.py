"""The other forms: routines, schedules, quarantine."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from shelfhook.store import Store
from tests.web import desk
from tests.web.pages.conftest import LOOK, Look, Send
from tests.web.pages.filled import Filled, fill


@pytest.fixture
def filled(store: Store, clock: desk.BusyClock) -> Filled:
    return fill(store, clock)


@pytest.mark.parametrize(("fields", "dry_run"), [({}, False), ({"dry_run": "yes"}, True)])
def test_run_now_and_dry_run_queue_a_job_and_lead_to_it(
    send: Send, look: Look, store: Store, fields: dict[str, str], dry_run: bool
) -> None:
    answer = send("/routines/nightly/run", **fields)
    [job] = store.jobs.page()
    assert (job.routine, job.dry_run, job.trigger) == ("nightly", dry_run, "admin")
    assert answer.status_code == 303
    assert "queued" in look(answer.headers["Location"]).text


def test_a_run_may_be_for_one_library_and_for_all_books(
    send: Send, store: Store, clock: desk.BusyClock
) -> None:
    desk.tell(store, clock, "host:komga", {"libraries": [{"id": "L7", "name": "Comics"}]})
    send("/routines/nightly/run", library="L7", everything="yes")
    [job] = store.jobs.page()
    assert (job.library, job.everything) == ("L7", True)
    assert send("/routines/nightly/run", library="nothing").status_code == 404


def test_a_schedule_is_paused_and_resumed(send: Send, look: Look, store: Store) -> None:
    answer = send("/routines/nightly/pause")
    assert answer.status_code == 303
    assert store.switches.of("nightly").off
    text = look(answer.headers["Location"].partition("#")[0]).text
    assert "The schedule is paused." in text
    assert "Resume the schedule" in text
    assert "paused" in look("/").text
    send("/routines/nightly/resume")
    assert not store.switches.of("nightly").off
    assert "Pause the schedule" in look("/routines").text


def test_a_routine_without_a_schedule_cannot_be_paused(send: Send) -> None:
    assert send("/routines/process-all/pause").status_code == 409


@pytest.mark.parametrize("name", ["run", "pause", "resume"])
def test_an_unknown_routine_is_told(send: Send, name: str) -> None:
    assert send(f"/routines/nothing/{name}").status_code == 404


def test_the_fire_log_says_what_was_skipped_and_missed_and_why(look: Look, filled: Filled) -> None:
    text = look("/routines").text
    for word in ("ran", "skipped", "missed"):
        assert word in text


def test_a_book_is_released_from_quarantine(send: Send, look: Look, filled: Filled) -> None:
    found = look("/quarantine")
    assert "Failed: 3 times" in found.text or "3 times" in found.text
    values = [one["value"] for one in found.fields if one.get("name") == "item"]
    answer = send("/quarantine/release", host="komga", routine="process-all", item=values[0])
    assert answer.status_code == 303
    after = look(answer.headers["Location"])
    assert "Released" in after.text
    assert values[0] not in [one["value"] for one in after.fields if one.get("name") == "item"]
    again = send("/quarantine/release", host="komga", routine="process-all", item=values[0])
    assert again.status_code == 404


def test_a_form_that_is_too_long_is_refused(client: FlaskClient) -> None:
    data = {"library": "x" * (2**20 + 100)}
    assert client.post("/routines/nightly/run", data=data, headers=LOOK).status_code == 413


def test_a_field_with_control_characters_is_refused(send: Send) -> None:
    assert send("/routines/nightly/run", library="a\x00b").status_code == 400


def test_an_unknown_code_in_the_address_says_nothing(look: Look) -> None:
    assert "alert" not in look("/?did=<script>alert(1)</script>").text

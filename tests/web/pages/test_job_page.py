"""A job's page: its items page by page, its changes, and what can be done with it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from shelfhook.model import ItemRef, JobState, Outcome, Result, Wish
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from tests.web import desk
from tests.web.pages.conftest import LOOK, Look, Send
from tests.web.pages.filled import Filled, fill


@pytest.fixture
def filled(store: Store, clock: desk.BusyClock) -> Filled:
    return fill(store, clock)


def test_items_come_page_by_page_each_once(look: Look, store: Store, clock: desk.BusyClock) -> None:
    job = desk.run(store, clock)
    store.ledger.add(job.num, 0, [ItemRef(f"B{n}", f"[{n}]") for n in range(60)])
    path: str | None = f"/jobs/{job.id}"
    seen: list[str] = []
    pages = 0
    while path:
        found = look(path)
        seen += [f"[{n}]" for n in range(60) if f"[{n}]" in found.text]
        path = next((link for link in found.links if "after=" in link), None)
        pages += 1
    assert seen == [f"[{n}]" for n in range(60)]
    assert pages == 3


def test_counts_lead_to_their_items(look: Look, filled: Filled) -> None:
    [link] = [one for one in look(f"/jobs/{filled.done.id}").links if "outcome=failed" in one]
    text = look(link.partition("#")[0]).text
    assert "Books" in text
    assert text.count("id B") <= 10


def test_an_outcome_that_no_item_has_is_told_without_a_search(
    look: Look, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    store.ledger.add(job.num, 0, [ItemRef("B0", "x")])
    assert "No book fits" in look(f"/jobs/{job.id}?outcome=failed").text


def test_every_kind_of_change_is_shown_before_and_after(look: Look, filled: Filled) -> None:
    text = look(f"/jobs/{filled.done.id}").text
    for shown in (
        "Book: metadata normalize · made",
        "Series: metadata tags · made",
        "removed: one",
        "and 1 as before",
        "Title (lock)",
        "Order to the server",
        "File: replaced convert",
        "/a/b.cbr",
        "Old file kept at",
        "Joins the collection",
        "Read list Best of",
        "added: B2",
        "page 3",
    ):
        assert shown in text, shown


BUTTONS = [
    (JobState.RUNNING, None, {"Pause", "Cancel…"}),
    (JobState.RUNNING, Wish.PAUSE, {"Resume", "Cancel…"}),
    (JobState.RUNNING, Wish.CANCEL, set()),
    (JobState.COMPLETED, None, {"Retry failed…", "Undo…"}),
]


@pytest.mark.parametrize(("state", "wish", "wanted"), BUTTONS)
def test_only_what_can_be_done_now_can_be_pressed(
    look: Look,
    store: Store,
    clock: desk.BusyClock,
    state: JobState,
    wish: Wish | None,
    wanted: set[str],
) -> None:
    job = desk.run(store, clock)
    store.ledger.add(job.num, 0, [ItemRef("B0", "x"), ItemRef("B1", "y")])
    results = [Result(0, "B0", Outcome.CHANGED), Result(1, "B1", Outcome.FAILED)]
    store.ledger.record(Batch(job.num, "komga", results, clock.now())).wait()
    if wish:
        store.jobs.wish(job.id, wish, clock.now())
    if state is not JobState.RUNNING:
        store.jobs.move(job.num, state, clock.now())
    found = look(f"/jobs/{job.id}")
    forms = {form["action"].rsplit("/", 1)[-1] for form in found.forms if form["method"] == "post"}
    names = {"Pause", "Resume", "Cancel…", "Retry failed…", "Undo…"}
    assert names & set(found.buttons) - {"Pause", "Resume"} == wanted - {"Pause", "Resume"}
    assert forms == {one.partition(" ")[0].strip("…").lower() for one in wanted}


def test_a_button_that_cannot_be_pressed_says_why(look: Look, filled: Filled) -> None:
    assert "Once the job has ended." in look(f"/jobs/{filled.running.id}").text


def test_cancel_is_wished_and_the_page_says_so(
    send: Send, look: Look, store: Store, filled: Filled
) -> None:
    answer = send(f"/jobs/{filled.running.id}/cancel")
    assert answer.status_code == 303
    assert store.jobs.get(filled.running.id).wish is Wish.CANCEL
    text = look(answer.headers["Location"]).text
    assert "Cancelling: books that are being worked on right now are finished" in text
    assert "The job is being cancelled" in text


def test_pause_and_resume(send: Send, store: Store, filled: Filled) -> None:
    for name, wish in (("pause", Wish.PAUSE), ("resume", Wish.RESUME)):
        assert send(f"/jobs/{filled.running.id}/{name}").status_code == 303
        assert store.jobs.get(filled.running.id).wish is wish


def test_retry_leads_to_the_new_job(send: Send, look: Look, store: Store, filled: Filled) -> None:
    answer = send(f"/jobs/{filled.done.id}/retry")
    place = answer.headers["Location"]
    assert filled.done.id not in place
    text = look(place).text
    assert "A new job tries the failed books again" in text
    assert f"retry of failed books of job {filled.done.short}" in text
    again = send(f"/jobs/{filled.done.id}/retry").headers["Location"]
    assert again.endswith("did=joined")


@pytest.mark.parametrize(("field", "dry_run"), [({}, False), ({"dry_run": "yes"}, True)])
def test_undo_may_be_shown_first(
    send: Send, store: Store, filled: Filled, field: dict[str, str], dry_run: bool
) -> None:
    place = send(f"/jobs/{filled.done.id}/undo", **field).headers["Location"]
    job = store.jobs.get(place.partition("?")[0].rsplit("/", 1)[-1])
    assert (job.trigger, job.parent, job.dry_run) == ("undo", filled.done.id, dry_run)


def test_what_cannot_be_done_is_told_on_a_page(client: FlaskClient, filled: Filled) -> None:
    answer = client.post(f"/jobs/{filled.done.id}/apply", headers=LOOK)
    assert answer.status_code == 409
    assert "That cannot be done" in answer.text
    assert "the job was no dry run" in answer.text


def test_actions_are_no_links(client: FlaskClient, filled: Filled) -> None:
    for name in ("cancel", "pause", "resume", "retry", "apply", "undo"):
        path = f"/jobs/{filled.running.id}/{name}"
        assert client.get(path, headers=LOOK).status_code == 405


def test_a_job_without_books_says_why(look: Look, store: Store, clock: desk.BusyClock) -> None:
    job = desk.run(store, clock)
    store.ledger.listed(job.num)
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    assert "This job had no books" in look(f"/jobs/{job.id}").text

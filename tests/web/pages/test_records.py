"""What the engine writes beside its work is shown."""

from __future__ import annotations

from flask.testing import FlaskClient

from shelfhook.model import EventKind, ItemRef, JobLine, NewEvent
from shelfhook.store import Store, searching
from shelfhook.store.job_log import MOST
from shelfhook.store.samples import NewSample
from tests.web import desk
from tests.web.pages.conftest import Look

START = 1_700_000_000.0


def test_speed_and_limit_are_drawn_once_there_are_samples(
    look: Look, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    assert "polyline" not in look(f"/jobs/{job.id}").tags
    store.samples.take([NewSample(job.num, START + n) for n in range(9)])
    found = look(f"/jobs/{job.id}")
    assert found.tags.count("polyline") == 2
    assert "Books at once, up to" in found.text


def test_the_whole_log_is_shown_in_order_with_how_much_is_left_out(
    look: Look, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    lines = [JobLine(job.num, START + n, "failed", f"<b>{n}", "error") for n in range(MOST + 12)]
    store.job_log.write(lines)
    store.job_log.write([JobLine(job.num, START + 999, "ended", "it is over")])
    text = look(f"/jobs/{job.id}").text
    parts = ("error <b>0", f"<b>{MOST - 1}", "12 more lines in the service's own log", "it is over")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_refused_deliveries_say_why_and_from_where_at_once(look: Look, client: FlaskClient) -> None:
    for _ in range(3):
        assert client.post("/hooks/komga", json={}).status_code == 401
    text = look("/inbox").text
    for shown in ("Refused deliveries", "127.0.0.1", "answered 401 · 3 times"):
        assert shown in text


def test_a_hold_says_until_when_and_why_it_lasts(
    look: Look, store: Store, clock: desk.BusyClock
) -> None:
    scanned = NewEvent("komga", EventKind.LIBRARY_SCANNED, "d1", library="L1")
    store.inbox.accept([scanned], clock.now())
    assert "becomes a job" not in look("/inbox").text  # no engine has told its times
    reasons = {"komga": {"L1": "the server scans"}}
    told = {"quiet": 90.0, "most": 300.0, "grace": 60.0, "reasons": reasons}
    desk.tell(store, clock, "holds", told)
    text = look("/inbox").text
    assert "becomes a job in 1 min if nothing more comes, at the latest in 6 min" in text
    assert "Held because: the server scans" in text


def test_a_delivery_that_came_again_says_how_often_and_when_last(
    look: Look, store: Store, clock: desk.BusyClock
) -> None:
    scanned = NewEvent("komga", EventKind.LIBRARY_SCANNED, "d1", library="L1")
    for late in range(3):
        store.inbox.accept([scanned], START + 3_600 * late)
        assert (", last at" in look("/inbox").text) == (late > 0)
    assert "came 3 times, last at 15 Nov 2023, 00:13 UTC" in look("/inbox").text


def test_a_search_that_found_nothing_so_far_leads_on(
    look: Look, store: Store, clock: desk.BusyClock
) -> None:
    job = desk.run(store, clock)
    names = [*["other"] * (searching.MOST + 1), "Needle.cbz"]
    store.ledger.add(job.num, 0, [ItemRef(f"B{n}", name) for n, name in enumerate(names)])
    found = look(f"/jobs/{job.id}?search=needle")
    assert "No book fits so far" in found.text
    [on] = [link for link in found.links if "after=" in link]
    assert "search=needle" in on
    assert "Needle.cbz" in look(on).text

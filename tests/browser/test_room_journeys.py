"""Routines by hand and on schedule, findings, quarantine and the inbox, by clicking."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shelfhook.sandbox.process import SandboxProcess
from tests.browser import harness
from tests.browser.journeys import (
    counted,
    gone,
    jobs,
    library,
    live,
    newest,
    nonzero,
    routine,
    says,
    shown,
    state,
    stay,
    stayed,
)
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AUDIT = """
[routines.look]
actions = [{ name = "audit", metadata = false }]
"""


@contextmanager
def at_home(
    browser: Browser, sandbox: SandboxProcess, folder: Path, **more: Any
) -> Iterator[tuple[Page, Service]]:
    """A service with settings of its own, and a page that has signed in."""
    with Service(folder / "service", sandbox.url, sandbox.admin_key, **more) as shelf:
        shelf.start("serve")
        shelf.ready(limit=90)
        with harness.signed_in(browser, shelf.root, shelf.token) as (page, _):
            yield page, shelf


def test_a_routine_is_run_by_hand_and_its_schedule_paused_and_resumed(
    signed_in_page: Page, service: Service, sandbox: SandboxProcess
) -> None:
    page = signed_in_page
    page.goto("/routines")
    live(page)
    card = routine(page, "night")
    says(card, "Every day at 03:00, in ")
    card.get_by_role("button", name="Pause the schedule").click()
    shown(page.get_by_text("The schedule is paused."))
    says(card.locator("header"), "schedule paused")
    gone(card.locator(".due"))
    with service.store() as store:
        assert store.switches.all()["night"].off
    card.get_by_role("button", name="Resume the schedule").click()
    shown(page.get_by_text("The schedule is on again."))
    shown(card.locator(".due"))
    with service.store() as store:
        assert not store.switches.all()["night"].off

    card.get_by_role("button", name="Dry run").click()
    state(page, "finished")
    planned = newest(service, "admin")
    assert planned["dry_run"]
    assert sandbox.writes() == []
    page.goto("/routines")
    card.get_by_role("button", name="Run now").click()
    shown(page.get_by_text("The job is queued"))
    state(page, "finished")
    ran = newest(service, "admin")
    assert (ran["routine"], ran["dry_run"]) == ("night", False)
    assert ran["counts"]["changed"] == planned["counts"]["planned"] > 0
    assert counted(page) == nonzero(ran)
    assert len(sandbox.writes(applied=True)) == ran["counts"]["changed"]


def test_findings_come_while_the_page_is_open_and_are_taken_along(
    browser: Browser, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with at_home(browser, sandbox, tmp_path, more=AUDIT) as (page, service):
        page.goto("/findings")
        live(page)
        shown(page.get_by_text("Nothing found."))
        stay(page)
        service.call("POST", "/api/jobs", {"routine": "look"})
        shown(page.locator("tbody tr").first)
        newest(service, "admin")
        assert stayed(page)
        page.goto("/findings")
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        _, found = service.call("GET", "/api/findings?limit=200")
        assert len(rows) == len(found["findings"]) == page.locator("tbody tr").count() > 0
        first = page.locator("tbody tr").first
        assert first.locator("code").inner_text() in {row["code"] for row in rows}
        page.get_by_label("Severity").select_option("error")
        page.get_by_role("button", name="Filter").click()
        errors = sum(row["severity"] == "error" for row in rows)
        assert page.locator("tbody tr").count() == errors > 0


def test_a_book_in_quarantine_is_released_and_tried_again(
    browser: Browser, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    engine = "quarantine_after = 1\nitem_attempts = 1"
    with at_home(browser, sandbox, tmp_path, engine=engine, host="retries = 0") as (page, service):
        book = sandbox.books()[7]
        sandbox.set_faults(error_500_after_ms={"ms": 0, "path": f"/api/v1/books/{book['id']}"})
        _, job = service.call("POST", "/api/jobs", {"routine": "process-all"})
        assert service.ended(job["id"])["counts"]["failed"] == 1
        sandbox.set_faults()
        page.goto("/")
        says(page.locator("[data-live=waiting]"), "1 book left out after repeated failures")
        page.goto("/quarantine")
        row = page.locator("tbody tr")
        says(row, "1 time")
        says(row, "500")
        row.get_by_role("button", name="Release").click()
        shown(page.get_by_text("Released: the next job that meets the book tries it again."))
        shown(page.get_by_text("No book is left out."))
        _, job = service.call("POST", "/api/jobs", {"routine": "process-all"})
        again = service.ended(job["id"])
        assert (again["counts"]["failed"], again["counts"]["skipped"]) == (0, 0)
        with service.store() as store:
            assert store.states.failing(1, limit=10) == []


def test_the_inbox_shows_what_is_held_repeated_and_refused(
    browser: Browser, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with at_home(browser, sandbox, tmp_path, quiet=240) as (page, service):
        page.goto("/inbox")
        live(page)
        shown(page.get_by_text("Nothing waits."))
        stay(page)
        comics = library(sandbox)
        assert service.scanned(comics, "one") == 202
        held = page.locator("[data-live=held]")
        says(held, "1 event on komga")
        says(held, "becomes a job in 3 min")
        says(page.locator("[data-live=events] tbody"), "Library scanned")
        assert service.scanned(comics, "one") == 200
        says(page.locator("[data-live=repeated]"), "komga")
        body = {"event": "library.scanned", "library": {"id": comics}}
        refused = service.call("POST", "/hooks/komga", body, token="wrong")
        assert refused[0] == 401
        says(page.locator("[data-live=refused]"), "answered 401")
        says(page.locator("[data-live=refused]"), refused[1]["detail"])
        assert stayed(page)
        assert page.locator("[data-live=events] tbody tr").count() == 1
        with service.store() as store:
            assert len(store.inbox.page()) == 1
            assert [one.count for one in store.inbox.waiting()] == [1]
        assert jobs(service) == []

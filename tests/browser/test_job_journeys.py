"""A person watches a job, stops it, lets it go on and mends it, by clicking."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shelfhook.sandbox.process import SandboxProcess
from tests.browser.conftest import BOOKS
from tests.browser.journeys import (
    READS,
    counted,
    gone,
    jobs,
    library,
    live,
    newest,
    nonzero,
    says,
    shown,
    start,
    state,
    stay,
    stayed,
)
from tests.support.service import Service
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page


def processed(page: Page, count: int) -> None:
    """Wait until the page says that so many books are done."""
    says(page.locator("[data-part=processed]"), re.compile(f"^{count}$"))


def sampled(service: Service) -> None:
    """Wait until the engine has noted often enough how far the job is, for a chart."""
    with service.store() as store:
        (job,) = store.jobs.page()
        wait_until(lambda: len(store.samples.of(job.num)) >= 3)


def test_a_job_is_watched_from_the_webhook_to_its_end(
    signed_in_page: Page, service: Service, sandbox: SandboxProcess
) -> None:
    page = signed_in_page
    live(page)
    shown(page.get_by_text("Nothing runs at the moment."))
    stay(page)
    sandbox.set_faults(hold={**READS, "after": 20})
    assert service.scanned(library(sandbox), "first") == 202
    card = page.locator(".job")
    shown(card.get_by_role("link", name="process-all"))
    processed(page, 20)  # the others are held at the host
    says(card, "20 of 60 books")
    says(page.locator("[data-live=attention]"), "1 job at work")
    assert card.locator("progress").evaluate("one => Math.round(one.value)") == 33
    assert stayed(page)

    card.get_by_role("link", name="process-all").click()
    live(page)
    stay(page)
    says(page.locator(".heading"), "after a scan")
    sampled(service)
    sandbox.set_faults()
    state(page, "finished")
    job = newest(service, "scan")
    says(page.locator(".result"), f"{BOOKS} books: ")
    says(page.locator(".result"), f"{job['counts']['changed']} changed")
    assert counted(page) == nonzero(job)
    shown(page.get_by_role("img", name=re.compile("^At most .* books at once")))
    assert stayed(page)
    assert (job["state"], job["processed"]) == ("completed", BOOKS)
    assert len(sandbox.writes(applied=True)) == job["counts"]["changed"]


def test_a_job_is_paused_resumed_and_cancelled_by_clicking(
    signed_in_page: Page, service: Service, sandbox: SandboxProcess
) -> None:
    page = signed_in_page
    sandbox.set_faults(hold={**READS, "after": 10})
    job = start(service, page)
    processed(page, 10)
    page.get_by_role("button", name="Pause").click()
    says(page.locator(".flash"), "Pausing")
    sandbox.set_faults(latency_ms=100)
    state(page, "paused")
    rested = service.call("GET", f"/api/jobs/{job}")[1]
    assert rested["state"] == "paused"
    processed(page, rested["processed"])
    gone(page.get_by_role("button", name="Pause", exact=True))

    page.get_by_role("button", name="Resume").click()
    state(page, "running")
    shown(page.get_by_role("button", name="Pause", exact=True))
    sandbox.set_faults(hold=READS)
    sandbox.wait_held(1)
    page.locator("summary", has_text="Cancel").click()
    page.get_by_role("button", name="Cancel this job").click()
    says(page.locator("[data-live=progress]"), "is being cancelled")
    sandbox.set_faults()
    state(page, "cancelled")
    gone(page.locator("summary", has_text="Cancel"))
    shown(page.locator("summary", has_text="Undo"))
    ended = service.ended(job)
    assert ended["state"] == "cancelled"
    assert ended["counts"]["cancelled"] > 0
    assert counted(page) == nonzero(ended)
    assert len(sandbox.writes(applied=True)) == ended["counts"]["changed"]


def test_books_that_failed_are_tried_again_by_clicking(
    signed_in_page: Page, service: Service, sandbox: SandboxProcess
) -> None:
    page = signed_in_page
    book = sandbox.books()[5]["id"]
    sandbox.set_faults(error_500_after_ms={"ms": 0, "path": f"/api/v1/books/{book}"})
    first = start(service, page)
    state(page, "finished, 1 failed")
    page.get_by_role("link", name="1 failed").click()
    row = page.locator(".items > li")
    says(row, "failed")
    says(row.locator(".about"), "500")
    sandbox.set_faults()
    page.locator("summary", has_text="Retry failed").click()
    page.get_by_role("button", name="Retry 1 book").click()
    shown(page.get_by_text("A new job tries the failed books again."))
    says(page.locator(".heading"), "retry of failed books")
    state(page, "finished")
    retried = newest(service, "retry")
    assert (retried["parent"], retried["total"]) == (first, 1)
    assert retried["counts"]["failed"] == 0
    assert counted(page) == nonzero(retried)
    assert len(jobs(service)) == 2

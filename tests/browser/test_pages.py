"""The dashboard in a real browser: each page once, and a job by clicking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shelfhook.sandbox.process import SandboxProcess
from tests.browser import harness
from tests.support.service import Service
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = ("/", "/jobs", "/inbox", "/routines", "/hosts", "/findings", "/quarantine", "/settings")
SIZES = {"wide": (1280, 900), "phone": (360, 740)}


def job_at(service: Service, number: int = 0) -> dict[str, Any]:
    """The newest job, or an older one, once it has ended."""
    jobs = wait_until(lambda: service.call("GET", "/api/jobs")[1]["jobs"])
    found: dict[str, Any] = service.ended(jobs[number]["id"])
    return found


def test_a_dry_run_is_applied_and_undone_by_clicking(page: Page, service: Service) -> None:
    page.goto("/routines")
    card = page.locator("article", has=page.get_by_role("heading", name="process-all", exact=True))
    card.get_by_role("button", name="Dry run").click()
    page.get_by_text("The dry run is queued.").wait_for()
    page.get_by_role("heading", name="process-all").wait_for()
    page.locator("summary", has_text="Apply").click()  # comes when the job has ended
    page.locator(".items summary").first.click()
    assert page.locator(".items .change ins").first.is_visible()
    page.get_by_role("button", name="Change ").click()
    page.get_by_text("A new job makes the changes that the dry run has shown.").wait_for()
    applied = job_at(service)
    assert applied["trigger"] == "apply"
    assert applied["counts"]["changed"] > 10
    page.locator("summary", has_text="Undo").click()
    page.get_by_role("button", name="Undo this job").click()
    page.get_by_text("A new job puts back what the other has changed.").wait_for()
    undone = job_at(service)
    assert (undone["trigger"], undone["counts"]["changed"]) == (
        "undo",
        applied["counts"]["changed"],
    )
    page.get_by_text("finished").first.wait_for()
    assert "did=" not in page.url  # a reload does not say it again


def test_a_running_job_moves_and_is_cancelled_by_clicking(
    page: Page, service: Service, sandbox: Any
) -> None:
    sandbox.set_faults(latency_ms=300)
    _, job = service.call("POST", "/api/jobs", {"routine": "night"})
    page.goto(f"/jobs/{job['id']}")
    page.get_by_text("Live", exact=True).wait_for()
    done = page.locator("[data-part=processed]")
    done.wait_for()
    page.wait_for_function(
        "() => Number(document.querySelector('[data-part=processed]')?.textContent) >= 5"
    )
    page.locator("summary", has_text="Cancel").click()
    page.get_by_role("button", name="Cancel this job").click()
    sandbox.set_faults()
    page.get_by_text("cancelled", exact=True).first.wait_for()
    assert job_at(service)["state"] == "cancelled"


def test_what_is_open_and_typed_stays_when_the_page_renews_itself(
    page: Page, service: Service, sandbox: Any
) -> None:
    sandbox.set_faults(latency_ms=200)
    _, job = service.call("POST", "/api/jobs", {"routine": "night"})
    page.goto(f"/jobs/{job['id']}")
    page.locator("summary", has_text="Cancel").click()
    page.locator(".filter select").focus()
    page.wait_for_function("() => document.querySelectorAll('.items > li').length >= 10")
    sandbox.set_faults()
    page.get_by_text("finished").first.wait_for()
    assert page.locator(".filter select").evaluate("one => one === document.activeElement")


def test_a_lost_connection_says_so_and_comes_back(
    browser: Browser, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with Service(tmp_path / "service", sandbox.url, sandbox.admin_key) as shelf:
        shelf.start("engine")
        web = shelf.start("web")
        shelf.ready(limit=90)
        with harness.opened(browser, shelf.root, shelf.token) as (page, watched):
            watched.allow("ERR_")
            page.goto("/")
            page.get_by_text("Live", exact=True).wait_for()
            web.terminate()
            page.get_by_text("Connection lost, trying again (last news").wait_for()
            web.wait(20)
            shelf.start("web")
            page.get_by_text("Live", exact=True).wait_for()
            page.get_by_text("All is well.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_and_has_no_serious_fault(
    page: Page, service: Service, size: str, scheme: Any
) -> None:
    harness.axe_file()
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    _, job = service.call("POST", "/api/jobs", {"routine": "process-all"})
    service.ended(job["id"])
    for path in (*PAGES, f"/jobs/{job['id']}"):
        page.goto(path)
        page.locator("h1").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        harness.assert_no_axe_violations(page)


def test_the_menu_opens_on_a_phone_by_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".menu summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Routines", exact=True).first.click()
    page.get_by_role("heading", name="Routines and schedules").wait_for()


def test_the_theme_is_kept(page: Page) -> None:
    page.goto("/")
    button = page.get_by_role("button", name="Theme: system")
    button.click()
    page.get_by_role("button", name="Theme: light").click()
    page.goto("/jobs")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"

"""Takes the documentation's pictures of the dashboard, always; keeps them only when asked to."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from shelfhook.sandbox.process import SandboxProcess
from tests.browser import harness
from tests.browser.journeys import READS, jobs, library, live, newest, says, shown, start, state
from tests.support.service import Service
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KEEP = "SHELFHOOK_PICTURES"
"""Where this is 1 the pictures replace those in docs/images."""
IMAGES = harness.ROOT / "docs" / "images"
LARGEST = 200_000
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
ROUTINES = """
[routines.audit]
actions = [{ name = "audit", metadata = false }]
triggers = { cron = "30 4 * * sun", timezone = "Europe/Berlin" }
"""
ON = 'enabled = true\ntimezone = "Europe/Berlin"'


def test_the_pictures_of_the_documentation_are_taken(
    browser: Browser, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with home(sandbox, tmp_path, quiet=0.1) as shelf:
        shelf.start("serve")
        shelf.ready(limit=90)
        with harness.signed_in(
            browser, shelf.root, shelf.token, viewport=WIDE, timezone_id="Europe/Berlin"
        ) as (page, _):
            take_a_diff(page, tmp_path)
            take_a_job(page, shelf, sandbox, tmp_path)
            take_an_overview(page, shelf, sandbox, tmp_path)
    with home(sandbox, tmp_path, quiet=240) as shelf:
        shelf.start("serve")
        shelf.ready(limit=90)
        with harness.signed_in(
            browser, shelf.root, shelf.token, viewport=WIDE, timezone_id="Europe/Berlin"
        ) as (page, _):
            take_an_inbox(page, shelf, sandbox, tmp_path)
    taken = sorted(tmp_path.glob("*.png"))
    assert len(taken) == 6
    for one in taken:
        assert one.stat().st_size <= LARGEST, one.name
    if os.environ.get(KEEP) == "1":
        for one in taken:
            shutil.copyfile(one, IMAGES / one.name)


def home(sandbox: SandboxProcess, folder: Path, *, quiet: float) -> Service:
    """The service, with the nightly routine switched on."""
    made = Service(
        folder / "service",
        sandbox.url,
        sandbox.admin_key,
        quiet=quiet,
        more=ROUTINES,
        host="retries = 0",
    )
    text = made.config.read_text(encoding="utf-8").replace("enabled = false", ON)
    made.config.write_text(text, encoding="utf-8")
    return made


def take(page: Page, folder: Path, name: str) -> None:
    """One picture of what the window shows."""
    page.mouse.move(0, 0)  # nothing is shown as pointed at
    page.screenshot(path=folder / f"{name}.png", animations="disabled")


def take_a_diff(page: Page, folder: Path) -> None:
    """A dry run, with the changes of one book to be read."""
    page.goto("/routines")
    card = page.locator("article", has=page.get_by_role("heading", name="process-all", exact=True))
    card.get_by_role("button", name="Dry run").click()
    state(page, "finished")
    page.reload()
    item = page.locator(".items > li", has_text="Sort number").first
    item.locator("summary").first.click()
    shown(item.locator("ins").first)
    page.locator("h2#items").evaluate("one => scrollTo(0, one.offsetTop - 230)")
    take(page, folder, "diff")


def take_a_job(page: Page, shelf: Service, sandbox: SandboxProcess, folder: Path) -> None:
    """A job that has ended, from a webhook; one book of it failed."""
    book = sandbox.books()[5]["id"]
    path = f"/api/v1/books/{book}"
    sandbox.set_faults(latency_ms=120, error_500_after_ms={"ms": 0, "path": path})
    assert shelf.scanned(library(sandbox), "scan-1") == 202
    wait_until(lambda: jobs(shelf)[0]["trigger"] == "scan")
    page.goto(f"/jobs/{jobs(shelf)[0]['id']}")
    state(page, "finished, 1 failed")
    newest(shelf, "scan")
    sandbox.set_faults()
    page.reload()
    shown(page.get_by_role("img", name=re.compile("^At most")))
    take(page, folder, "job")


def take_an_overview(page: Page, shelf: Service, sandbox: SandboxProcess, folder: Path) -> None:
    """What a household sees: one job at work, others ended, findings to look at."""
    _, looked = shelf.call("POST", "/api/jobs", {"routine": "audit"})
    shelf.ended(looked["id"])
    sandbox.set_faults(latency_ms=80, hold={**READS, "after": 24})
    start(shelf, page, "nightly")
    says(page.locator("[data-part=processed]"), re.compile("^24$"))
    page.emulate_media(color_scheme="dark")
    take(page, folder, "dark")
    page.emulate_media(color_scheme="light")
    page.goto("/")
    live(page)
    take(page, folder, "overview")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict is what it wants
    take(page, folder, "phone")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # as above
    sandbox.set_faults()
    newest(shelf, "admin")


def take_an_inbox(page: Page, shelf: Service, sandbox: SandboxProcess, folder: Path) -> None:
    """One event became a job, one is held, one came again, one was refused."""
    comics = library(sandbox)
    assert [shelf.scanned(comics, "scan-2") for _ in range(2)] == [202, 200]
    body = {"event": "library.scanned", "library": {"id": comics}}
    assert shelf.call("POST", "/hooks/komga", body, token="not-the-token")[0] == 401
    page.goto("/inbox")
    live(page)
    says(page.locator("[data-live=refused]"), "answered 401")
    says(page.locator("[data-live=repeated]"), "the same delivery again")
    take(page, folder, "inbox")

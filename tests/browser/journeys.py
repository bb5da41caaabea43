"""What the journeys share: patient expectations, and what host and store hold at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.browser.harness import PATIENCE
from tests.support.service import Service
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from shelfhook.sandbox.client import SandboxClient

READS = {"methods": ["GET"], "path": "/api/v1/books/*"}
"""The sandbox's requests that each book of a job needs first."""


def shown(locator: Locator) -> None:
    """Wait until it is to be seen."""
    from playwright.sync_api import expect

    expect(locator).to_be_visible(timeout=PATIENCE)


def says(locator: Locator, text: str | re.Pattern[str]) -> None:
    """Wait until it says that."""
    from playwright.sync_api import expect

    expect(locator).to_contain_text(text, timeout=PATIENCE)


def gone(locator: Locator) -> None:
    """Wait until there is none."""
    from playwright.sync_api import expect

    expect(locator).to_have_count(0, timeout=PATIENCE)


def live(page: Page) -> None:
    """Wait until the page says that what it shows is current."""
    says(page.locator("#live"), re.compile("^Live$"))


def stay(page: Page) -> None:
    """Mark the page as it is loaded; `stayed` says whether it is still that one."""
    page.evaluate("() => { window.loaded = 'once' }")


def stayed(page: Page) -> bool:
    """Whether no reload has happened since `stay`."""
    return bool(page.evaluate("() => window.loaded === 'once'"))


def state(page: Page, words: str) -> None:
    """Wait until the job's page says that the job is in this state."""
    says(page.locator(".heading .chip"), words)


def counted(page: Page) -> dict[str, int]:
    """The counts by outcome that a job's page shows."""
    found = page.locator("[data-count]")
    return {
        str(one.get_attribute("data-count")): int(one.inner_text().replace(",", ""))
        for one in found.all()
    }


def jobs(service: Service) -> list[dict[str, Any]]:
    """All jobs, the newest first."""
    listed: list[dict[str, Any]] = service.call("GET", "/api/jobs")[1]["jobs"]
    return listed


def newest(service: Service, trigger: str, limit: float = 60) -> dict[str, Any]:
    """The newest job, which came about so, once it has ended."""

    def look() -> str:
        found = jobs(service)
        return str(found[0]["id"]) if found and found[0]["trigger"] == trigger else ""

    ended: dict[str, Any] = service.ended(wait_until(look, limit), limit)
    return ended


def nonzero(job: dict[str, Any]) -> dict[str, int]:
    """Its counts by outcome, as a page shows them."""
    return {name: count for name, count in job["counts"].items() if count}


def library(sandbox: SandboxClient) -> str:
    """Id of the host's library."""
    return str(sandbox.libraries()[0]["id"])


def start(service: Service, page: Page, routine: str = "process-all", **more: Any) -> str:
    """Queue a job and open its page; gives the job's id."""
    status, job = service.call("POST", "/api/jobs", {"routine": routine, **more})
    assert status == 202, job
    page.goto(f"/jobs/{job['id']}")
    live(page)
    return str(job["id"])


def routine(page: Page, name: str) -> Locator:
    """A routine's card."""
    return page.locator("article", has=page.get_by_role("heading", name=name, exact=True))

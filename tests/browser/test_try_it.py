"""The page to try the API, in a browser that has signed in as people do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import harness
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CREATE = "createJob"


@pytest.fixture
def guest(browser: Browser, service: Service) -> Iterator[tuple[Page, harness.Watched]]:
    """A page of somebody who has not signed in."""
    context = browser.new_context(base_url=service.root)
    page = context.new_page()
    watched = harness.Watched(page, service.root)
    yield page, watched
    context.close()
    watched.check()


def sign_in(page: Page, service: Service) -> None:
    page.get_by_label("Token", exact=True).fill(service.token)
    page.get_by_role("button", name="Sign in with the token").click()


def opened(page: Page, operation: str) -> Locator:
    """The form of an operation."""
    box = page.locator(f"#{operation}")
    box.locator("summary").first.click()
    return box


def answer_of(box: Locator) -> tuple[str, str]:
    """Status and body of what was sent."""
    box.locator("[data-well]").wait_for()
    box.get_by_role("button", name="Send").and_(box.locator(":enabled")).wait_for()
    return box.get_by_role("status").inner_text(), box.get_by_label(
        "Body of the answer"
    ).inner_text()


def test_a_browser_signs_in_and_starts_a_job_there(
    guest: tuple[Page, harness.Watched], service: Service
) -> None:
    page = guest[0]
    page.goto("/api/docs")
    assert "/sign-in?next=/api/v1/docs" in page.url
    sign_in(page, service)
    page.get_by_role("heading", name="Shelfhook API").wait_for()
    box = opened(page, CREATE)
    box.get_by_label("Body (JSON)").fill(json.dumps({"routine": "process-all", "dry_run": True}))
    box.get_by_role("button", name="Send").click()
    status, body = answer_of(box)
    assert status.startswith("202")
    job = json.loads(body)
    assert (job["dry_run"], job["requested_by"]) == (True, "web.token")
    service.ended(job["id"])

    harness.assert_no_axe_violations(page)
    page.locator("#filter").fill("people")
    assert not box.is_visible()
    assert page.locator("#listPeople").is_visible()
    page.get_by_role("link", name="Back to the dashboard").click()
    page.get_by_role("link", name="API for scripts").click()
    page.get_by_role("heading", name="Shelfhook API").wait_for()


def test_a_session_without_its_word_changes_nothing_and_a_token_needs_none(
    guest: tuple[Page, harness.Watched], service: Service
) -> None:
    page, watched = guest
    watched.allow("status of 403")
    page.goto("/api/docs")
    sign_in(page, service)
    box = opened(page, CREATE)
    page.evaluate("document.querySelector('meta[name=csrf-token]').content = 'wrong'")
    box.get_by_role("button", name="Send").click()
    status, body = answer_of(box)
    assert status.startswith("403")
    assert json.loads(body)["field"] == "csrf_token"
    assert service.call("GET", "/api/jobs")[1]["jobs"] == []

    page.get_by_label("Bearer token").fill(service.token)  # speaks for itself
    box = opened(page, "followAll")
    box.get_by_label("topics").fill("inbox")
    box.get_by_role("button", name="Send").click()
    box.get_by_label("Body of the answer").get_by_text("event: hello").wait_for()
    box.get_by_role("button", name="Stop").click()
    box.get_by_text("(stopped)").wait_for()

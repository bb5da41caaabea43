"""Everything by keyboard alone, with the focus always to be seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.browser.visits import PASSWORD, add_person, signed_in, stranger
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MOST = 80
"""Presses of Tab that a page may take to get anywhere."""
SEEN = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
    || style.boxShadow !== "none";
  return { marked, inside: box.width > 0 && box.height > 0 && box.left >= 0,
           what: one.outerHTML.slice(0, 120) };
}"""


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until an element of this kind has the focus; each stop must be visible."""
    for _ in range(MOST):
        page.keyboard.press(key)
        seen = page.evaluate(SEEN)
        assert seen["marked"], f"the focus is not seen: {seen['what']}"
        assert seen["inside"], f"the focus is off the page: {seen['what']}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no {MOST} presses of {key} lead to {selector}")


def test_from_the_sign_in_to_changed_books_by_keyboard(browser: Browser, house: Service) -> None:
    add_person(house, "kim", "operator")
    with stranger(browser, house) as (page, _):
        page.goto("/routines")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        tab_to(page, "#name")
        page.keyboard.type("kim")
        tab_to(page, "#password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Routines and schedules").wait_for()
        tab_to(page, "#process-all button[name=dry_run]")
        page.keyboard.press("Space")
        page.get_by_text("The dry run is queued.").wait_for()
        page.locator("summary", has_text="Apply").wait_for()  # comes when the job has ended

        tab_to(page, ".items summary")
        page.keyboard.press("Enter")
        assert page.locator(".items .change ins").first.is_visible()
        tab_to(page, "[data-key=apply] summary", "Shift+Tab")
        page.keyboard.press("Space")
        tab_to(page, "[data-key=apply] button")
        page.keyboard.press("Enter")
        page.get_by_text("A new job makes the changes that the dry run has shown.").wait_for()
        job = house.ended(re.findall(r"/jobs/([\w-]+)", page.url)[0])
        assert job["trigger"] == "apply"
        assert job["counts"]["changed"] > 10


def test_a_list_is_filtered_with_the_arrows(browser: Browser, house: Service) -> None:
    with signed_in(browser, house, "kay", "viewer", "/jobs") as (page, _):
        tab_to(page, "select[name=state]")
        page.keyboard.press("ArrowDown")
        chosen = page.locator("select[name=state]").input_value()
        assert chosen
        tab_to(page, "form.filter button")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**state={chosen}**")


def test_the_menu_of_a_phone_opens_and_leads_on(browser: Browser, house: Service) -> None:
    size = {"width": 360, "height": 740}
    with signed_in(browser, house, "kit", "viewer", viewport=size) as (page, _):
        tab_to(page, ".menu summary")
        assert not page.get_by_role("link", name="Routines", exact=True).first.is_visible()
        page.keyboard.press("Enter")
        tab_to(page, "nav.main a[href='/routines']")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Routines and schedules").wait_for()


def test_the_focus_stays_where_it_is_when_the_page_renews_itself(
    page: Page, service: Service, sandbox: Any
) -> None:
    sandbox.set_faults(latency_ms=400)
    _, job = service.call("POST", "/api/jobs", {"routine": "night", "dry_run": True})
    page.goto(f"/jobs/{job['id']}")
    page.locator(".items summary").first.wait_for()
    tab_to(page, ".items summary")
    page.keyboard.press("Enter")
    page.evaluate("window.mine = document.activeElement")
    assert page.locator("[data-part=bar]").is_visible()  # it runs; what follows is a renewal
    sandbox.set_faults()
    page.locator("summary", has_text="Apply").wait_for()
    assert page.evaluate("mine.isConnected && mine === document.activeElement")
    assert page.evaluate("mine.parentElement.open")

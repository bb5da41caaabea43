"""No page has a serious fault of accessibility, or scrolls sideways: small, wide, dark, light."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import harness
from tests.browser.visits import PASSWORD, add_person, sign_in, stranger, tell
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"wide": (1280, 900), "phone": (360, 740)}
NAME = "a-name-as-long-as-names-may-be-" + "x" * 33
"""64 characters, without a place to break after the first half."""
PAGES = (
    *("/", "/jobs", "/inbox", "/routines", "/hosts", "/findings", "/quarantine"),
    *("/settings", "/settings/people", "/settings/tokens", "/account"),
)


@pytest.fixture(scope="module")
def job(house: Service) -> Iterator[str]:
    """The id of a job with changes to be seen; people and tokens with long names are there, too."""
    _, made = house.call("POST", "/api/jobs", {"routine": "process-all", "dry_run": True})
    add_person(house, NAME, "admin")
    add_person(house, "oda", "operator")
    token = {"name": "t" * 100, "role": "operator", "scopes": ["read", "jobs", "metrics"]}
    assert house.call("POST", "/api/tokens", token)[0] == 201
    house.ended(made["id"])
    yield made["id"]


@pytest.fixture(params=[(size, scheme) for size in SIZES for scheme in ("light", "dark")], ids=str)
def looks(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a reader's browser is like."""
    size, scheme = request.param
    width, height = SIZES[size]
    return {"viewport": {"width": width, "height": height}, "color_scheme": scheme}


def check(page: Page) -> None:
    """The page as it is now."""
    page.locator("h1").wait_for()
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], f"{page.url} scrolls sideways: {wide}"
    try:
        harness.assert_no_axe_violations(page)
    except AssertionError as fault:
        raise AssertionError(f"{page.url}: {fault}") from None


def test_every_page_of_the_dashboard(
    browser: Browser, house: Service, job: str, looks: dict[str, Any]
) -> None:
    with stranger(browser, house, **looks) as (page, watched):
        sign_in(page, NAME)
        for path in (*PAGES, f"/jobs/{job}"):
            page.goto(path)
            check(page)
            for one in page.locator("main details:not([data-keep])").all()[:6]:
                one.evaluate("one => { one.open = true; }")
            check(page)
        watched.allow("404")
        page.goto("/there/is/nothing")
        check(page)


def test_every_page_before_the_dashboard(
    browser: Browser, house: Service, job: str, looks: dict[str, Any]
) -> None:
    with stranger(browser, house, **looks) as (page, watched):
        for status in ("401", "403", "410"):
            watched.allow(status)
        page.goto("/sign-in")
        check(page)
        tell(page, NAME, "not the password")
        page.get_by_role("alert").wait_for()
        check(page)
        page.goto("/sign-in/used-long-ago")
        check(page)
        sign_in(page, "oda")
        page.goto("/settings")
        page.get_by_role("heading", name="That is not allowed").wait_for()
        check(page)


def test_the_page_to_try_the_api(browser: Browser, house: Service, looks: dict[str, Any]) -> None:
    with harness.opened(browser, house.root, house.token, **looks) as (page, _):
        page.goto("/api/docs")
        page.locator(".operation").first.wait_for()
        check(page)
        for one in page.locator(".operation").all()[:4]:
            one.locator("summary").first.click()
        check(page)


def test_a_new_token_and_faults_in_a_form(
    browser: Browser, house: Service, job: str, looks: dict[str, Any]
) -> None:
    with stranger(browser, house, **looks) as (page, watched):
        watched.allow("400")
        watched.allow("422")
        sign_in(page, NAME, to="/settings/tokens")
        page.get_by_label("Name, by which you will know it").fill("a script")
        page.get_by_role("button", name="Make the token").click()
        page.locator("#secret").wait_for()
        check(page)
        page.get_by_label("Days until it ends").fill("soon")
        page.get_by_label("Name, by which you will know it").fill("another")
        page.get_by_role("button", name="Make the token").click()
        page.get_by_role("alert").wait_for()
        check(page)
        page.goto("/account")
        page.get_by_label("Present password").fill(PASSWORD)
        page.get_by_label("New password, at least").fill("one that is long")
        page.get_by_label("New password again").fill("one that differs")
        page.get_by_role("button", name="Change the password").click()
        page.get_by_text("The two new passwords differ.").wait_for()
        check(page)


def test_on_a_phone_tables_are_cards(browser: Browser, house: Service, job: str) -> None:
    size = {"width": 360, "height": 740}
    with stranger(browser, house, viewport=size) as (page, _):
        sign_in(page, NAME)
        for path in ("/jobs", "/settings", "/settings/tokens", "/account"):
            page.goto(path)
            shown = page.locator("main table tr").evaluate_all(
                "rows => rows.map(row => getComputedStyle(row).display)"
            )
            assert set(shown) == {"block"}, path


def test_who_wants_no_motion_gets_none(browser: Browser, house: Service, job: str) -> None:
    moving = """() => [...document.querySelectorAll("*")].filter(one => {
      const style = getComputedStyle(one);
      return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
    }).map(one => one.outerHTML.slice(0, 80))"""
    with stranger(browser, house, reduced_motion="reduce") as (page, _):
        sign_in(page, NAME)
        for path in ("/", "/jobs", f"/jobs/{job}"):
            page.goto(path)
            assert page.evaluate(moving) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_are_those_that_the_reader_wants(
    browser: Browser, house: Service, scheme: Any
) -> None:
    with stranger(browser, house, color_scheme=scheme) as (page, _):
        page.goto("/sign-in")
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        bright = sum(int(one) for one in colour[4:-1].split(",")) / 3 > 127
        assert bright == (scheme == "light")

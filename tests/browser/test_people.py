"""Signing in and out, roles, tokens, forged forms: in a real browser, on the real house."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.visits import PASSWORD, add_person, elsewhere, sign_in, signed_in, stranger, tell
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WRONG = "Name and password, or the token, do not fit. Look at them again."


def menu(page: Page) -> list[str]:
    """What the navigation offers."""
    return page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()


def newest(house: Service) -> str:
    """The id of the newest job; "" if there is none."""
    jobs = house.call("GET", "/api/jobs")[1]["jobs"]
    return str(jobs[0]["id"]) if jobs else ""


def posted(page: Page, path: str, word: str = "") -> int:
    """The status of a form that somebody has made by hand in a page of ours."""
    word = word or str(page.locator("[name=csrf_token]").first.get_attribute("value"))
    status: int = page.evaluate(
        """async ([path, word]) => {
          const body = new URLSearchParams({ csrf_token: word });
          return (await fetch(path, { method: "POST", body, redirect: "manual" })).status;
        }""",
        [path, word],
    )
    return status


# -- signing in and out --


def test_who_is_a_stranger_signs_in_and_comes_to_where_he_wanted(
    browser: Browser, house: Service
) -> None:
    add_person(house, "anna", "viewer")
    with stranger(browser, house) as (page, watched):
        page.goto("/jobs?state=failed")
        page.wait_for_url("**/sign-in?next=**")
        watched.allow("401")  # the browser notes the refusal of the form
        for name, password in (("anna", "not hers, but long"), ("nobody", PASSWORD)):
            tell(page, name, password)
            assert page.get_by_role("alert").inner_text().strip() == WRONG
            assert page.get_by_label("Password", exact=True).input_value() == ""
        tell(page, "Anna", PASSWORD)
        page.wait_for_url("**/jobs?state=failed")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_text("You are signed out.").wait_for()
        page.go_back()
        page.goto("/jobs")
        page.wait_for_url("**/sign-in?next=/jobs")


def test_a_token_opens_a_session_of_its_role(browser: Browser, house: Service) -> None:
    with stranger(browser, house) as (page, _):
        page.goto("/sign-in")
        page.get_by_label("Token", exact=True).fill(house.token)
        page.get_by_role("button", name="Sign in with the token").click()
        page.get_by_role("heading", level=1).wait_for()
        assert "Settings" in menu(page)
        page.goto("/account")
        page.get_by_text("You are web.token, role admin.").wait_for()


def test_a_link_lets_in_once(browser: Browser, house: Service) -> None:
    add_person(house, "lena", "operator")
    with signed_in(browser, house, "ada", "admin", "/settings/people") as (page, _):
        page.locator("summary", has_text="Change or remove lena").click()
        page.get_by_role("button", name="Make a sign-in link for lena").click()
        link = page.locator("#secret").inner_text()
    with stranger(browser, house) as (page, _):
        page.goto(link)
        page.reload()  # looking at it uses nothing up
        page.get_by_role("button", name="Sign in now").click()
        page.get_by_role("link", name="Your account: lena").wait_for()
    with stranger(browser, house) as (page, watched):
        watched.allow("410")
        page.goto(link)
        page.get_by_text("This link has been used, or is too old.").wait_for()
        page.get_by_role("link", name="Sign in another way").click()
        page.get_by_label("Token", exact=True).wait_for()


def test_a_session_that_ends_while_a_page_is_open_says_so_quietly(
    browser: Browser, house: Service
) -> None:
    with signed_in(browser, house, "olga", "operator", "/jobs") as (page, _):
        page.get_by_text("Live", exact=True).wait_for()
        body = {"password": "another one, and long"}
        assert house.call("PATCH", "/api/people/olga", body)[0] == 200
        house.call("POST", "/api/jobs", {"routine": "process-all", "dry_run": True})
        again = page.get_by_role("link", name="Sign in again")
        again.wait_for()
        assert page.locator("body").get_attribute("class") == "stale"
        again.click()
        page.wait_for_url("**/sign-in?next=/jobs")
        tell(page, "olga", body["password"])
        page.wait_for_url("**/jobs")
        page.get_by_text("Live", exact=True).wait_for()


def test_who_changes_his_password_stays_and_his_other_browser_goes(
    browser: Browser, house: Service
) -> None:
    new = "another one, and long"
    with (
        signed_in(browser, house, "vera", "viewer", "/account") as (page, _),
        stranger(browser, house) as (other, _),
    ):
        sign_in(other, "vera")
        page.get_by_label("Present password").fill(PASSWORD)
        page.get_by_label("New password, at least").fill(new)
        page.get_by_label("New password again").fill(new)
        page.get_by_role("button", name="Change the password").click()
        page.get_by_text("The password is changed; other browsers are signed out.").wait_for()
        other.goto("/jobs")
        sign_in(other, "vera", new)


# -- roles --


def test_a_viewer_sees_no_buttons_and_is_refused_without_them(
    browser: Browser, house: Service
) -> None:
    _, job = house.call("POST", "/api/jobs", {"routine": "night", "dry_run": True})
    house.ended(job["id"])
    with signed_in(browser, house, "vito", "viewer") as (page, watched):
        watched.allow("403")
        assert "Settings" not in menu(page)
        for path in ("/", "/routines", f"/jobs/{job['id']}", "/hosts", "/quarantine"):
            page.goto(path)
            page.locator("h1").wait_for()
            assert page.locator("main form[method=post]").count() == 0, path
        for path in (
            "/routines/night/run",
            f"/jobs/{job['id']}/apply",
            "/settings/people",
            "/settings/tokens",
        ):
            assert posted(page, path) == 403, path
    assert newest(house) == job["id"]


def test_an_operator_starts_jobs_and_does_not_govern(browser: Browser, house: Service) -> None:
    with signed_in(browser, house, "otto", "operator", "/routines") as (page, watched):
        watched.allow("403")
        page.locator("#night").get_by_role("button", name="Dry run").click()
        page.get_by_text("The dry run is queued.").wait_for()
        for path in ("/settings", "/settings/people", "/settings/tokens"):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 403
            page.get_by_role("heading", name="That is not allowed").wait_for()
            page.get_by_text("this needs the role admin; otto has the role").wait_for()
            assert "Jobs" in menu(page)  # there is a way on
            assert "Settings" not in menu(page)
        assert posted(page, "/settings/people") == 403
        assert posted(page, "/settings/tokens") == 403


def test_an_admin_adds_a_person_who_comes_in(browser: Browser, house: Service) -> None:
    with signed_in(browser, house, "adam", "admin", "/settings") as (page, watched):
        page.get_by_role("link", name="People who may sign in").click()
        form = page.get_by_role("form", name="Add somebody")
        watched.allow("409")
        for name, told in (("bert", "Saved."), ("bert", "That did not work")):
            form.get_by_label("Name", exact=True).fill(name)
            form.get_by_label("Role").select_option("operator")
            form.get_by_label("Password").fill(PASSWORD)
            form.get_by_role("button", name="Add", exact=True).click()
            page.get_by_text(told).wait_for()
    with stranger(browser, house) as (page, _):
        sign_in(page, "bert", to="/account")
        page.get_by_text("You are bert, role operator.").wait_for()


def test_a_token_is_shown_once_and_refused_as_soon_as_it_is_revoked(
    browser: Browser, house: Service
) -> None:
    with signed_in(browser, house, "abel", "admin", "/settings/tokens") as (page, _):
        page.get_by_label("Name, by which you will know it").fill("night script")
        page.get_by_label("Role").select_option("operator")
        page.get_by_label("read").check()
        page.get_by_role("button", name="Make the token").click()
        secret = page.locator("#secret").inner_text()
        assert re.fullmatch(r"shk_[\w-]{43}", secret)
        page.goto("/settings/tokens")
        assert secret not in page.content()
        assert house.call("GET", "/api/jobs", token=secret)[0] == 200
        assert house.call("POST", "/api/jobs", {}, token=secret)[0] == 403
        page.get_by_role("button", name="Revoke night script").click()
        page.get_by_text("Saved.").wait_for()
        assert house.call("GET", "/api/jobs", token=secret)[0] == 401
        page.get_by_text("revoked", exact=True).wait_for()


# -- forms from elsewhere --

FORGED = """<!doctype html><title>Cats</title>
<form id="forged" method="post" action="{target}">
<input name="csrf_token" value="{word}"><input name="dry_run" value="yes">
<button>Cats</button></form>"""


@pytest.mark.parametrize("knows", [False, True], ids=["a guess", "the right word"])
def test_a_form_of_another_site_is_refused(browser: Browser, house: Service, knows: bool) -> None:
    """Even if it knew the word: the browser says where the request comes from."""
    before = newest(house)
    with signed_in(browser, house, f"olaf-{knows}", "operator", "/routines") as (page, watched):
        watched.allow("403")
        word = page.locator("[name=csrf_token]").first.get_attribute("value") if knows else "0" * 40
        target = f"{house.root}/routines/night/run"
        with elsewhere(FORGED.format(target=target, word=word)) as site:
            watched.allow(f"request to {site}")
            page.goto(site)
            watched.allow("favicon")
            with page.expect_navigation():
                page.get_by_role("button", name="Cats").click()
            assert page.url == target  # the request was sent, and it was refused:
            page.get_by_role("heading", name="That is not allowed").wait_for()
    assert newest(house) == before


def test_a_form_with_a_stale_word_says_what_to_do(browser: Browser, house: Service) -> None:
    with signed_in(browser, house, "oskar", "operator", "/routines") as (page, watched):
        watched.allow("403")
        other = page.context.new_page()  # signs the same browser in anew
        other.goto("/routines")
        other.get_by_role("button", name="Sign out").click()
        sign_in(other, "oskar")
        page.locator("#night").get_by_role("button", name="Dry run").click()
        page.get_by_role("heading", name="That is not allowed").wait_for()
        page.get_by_text("Load the page again, and send the form once more.").wait_for()
        page.go_back()
        page.reload()
        page.locator("#night").get_by_role("button", name="Dry run").click()
        page.get_by_text("The dry run is queued.").wait_for()

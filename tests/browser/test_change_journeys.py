"""A person looks at changes before they are made, makes them, and takes them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shelfhook.sandbox.process import SandboxProcess
from tests.browser.journeys import counted, newest, nonzero, routine, says, shown, state
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_dry_run_is_read_applied_and_undone_by_clicking(
    signed_in_page: Page, service: Service, sandbox: SandboxProcess
) -> None:
    page = signed_in_page
    before = sandbox.state()
    page.get_by_role("link", name="Routines", exact=True).first.click()
    routine(page, "process-all").get_by_role("button", name="Dry run").click()
    shown(page.get_by_text("The dry run is queued."))
    state(page, "finished")
    shown(page.get_by_text("A dry run: it shows every change and makes none."))
    planned = newest(service, "admin")
    assert counted(page) == nonzero(planned)
    assert sandbox.state() == before

    book, told = _read_first_diff(page)
    page.locator("summary", has_text="Apply").click()
    count = planned["counts"]["planned"]
    page.get_by_role("button", name=f"Change {count} books").click()
    shown(page.get_by_text("A new job makes the changes that the dry run has shown."))
    state(page, "finished")
    applied = newest(service, "apply")
    assert applied["counts"]["changed"] == count
    assert counted(page) == nonzero(applied)
    assert told in str(sandbox.book(book)["metadata"])
    assert sandbox.state() != before

    page.locator("summary", has_text="Undo").click()
    page.get_by_role("button", name="Undo this job").click()
    shown(page.get_by_text("A new job puts back what the other has changed."))
    state(page, "finished")
    undone = newest(service, "undo")
    assert undone["counts"]["changed"] == count
    assert sandbox.state() == before


def _read_first_diff(page: Page) -> tuple[str, str]:
    """Open a book's changes; gives the book's id and a value that it would get."""
    page.locator(".counts a", has_text="would change").click()
    item = page.locator(".items > li").first
    item.locator("summary").first.click()
    value = item.locator("ins > bdi").first
    shown(value)
    says(item.locator(".change h3").first, "planned")
    return item.locator("code").inner_text(), value.inner_text()

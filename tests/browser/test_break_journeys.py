"""Processes die while a page is open; the page says what it knows, and goes on by itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from shelfhook.sandbox.process import SandboxProcess
from tests.browser import harness
from tests.browser.conftest import BOOKS
from tests.browser.journeys import (
    READS,
    counted,
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
from tests.support.service import Service, kill
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_page_goes_on_by_itself_when_the_engine_is_killed(
    browser: Browser, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with Service(tmp_path / "service", sandbox.url, sandbox.admin_key) as shelf:
        serve = shelf.start("serve")
        shelf.ready(limit=90)
        with harness.signed_in(browser, shelf.root, shelf.token) as (page, _):
            sandbox.set_faults(hold={**READS, "after": 15})
            job = start(shelf, page)
            says(page.locator("[data-part=processed]"), re.compile("^15$"))
            stay(page)
            engine = shelf.child_of(serve, "engine")
            kill(engine)
            wait_until(lambda: shelf.child_of(serve, "engine") != engine, 30)
            sandbox.set_faults(latency_ms=20)
            state(page, "finished")
            ended = shelf.ended(job)
            says(page.locator(".result"), f"{BOOKS} books: ")
            assert counted(page) == nonzero(ended)
            assert stayed(page)
            assert (ended["state"], ended["processed"]) == ("completed", BOOKS)
            writes = sandbox.writes(applied=True)
            assert len(writes) == len({one["bookId"] for one in writes})
            assert len(writes) == ended["counts"]["changed"]


def test_a_stopped_service_is_said_to_be_lost_and_comes_back_live(
    browser: Browser, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with Service(tmp_path / "service", sandbox.url, sandbox.admin_key) as shelf:
        serve = shelf.start("serve")
        shelf.ready(limit=90)
        with harness.signed_in(browser, shelf.root, shelf.token) as (page, watched):
            watched.allow("ERR_")  # what the browser says of an address that nobody answers at
            sandbox.set_faults(hold={**READS, "after": 15})
            start(shelf, page)
            says(page.locator("[data-part=processed]"), re.compile("^15$"))
            stay(page)
            sandbox.set_faults(latency_ms=20)
            serve.terminate()
            says(page.locator("#live"), "Connection lost, trying again (last news")
            assert page.locator("body").get_attribute("class") == "stale"
            serve.wait(40)
            says(page.locator("#live"), "Connection lost")
            shelf.start("serve")
            shelf.ready(limit=90)
            live(page)
            state(page, "finished")
            assert page.locator("body").get_attribute("class") == ""
            assert stayed(page)
            ended = newest(shelf, "admin")
            assert counted(page) == nonzero(ended)
            assert ended["processed"] == BOOKS
            shown(page.locator("summary", has_text="Undo"))

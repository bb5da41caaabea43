"""The pages behind a reverse proxy under a path: links, forms, sign-in and live news."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shelfhook.sandbox.process import SandboxProcess
from tests.browser import harness
from tests.browser.journeys import (
    READS,
    counted,
    live,
    newest,
    nonzero,
    routine,
    says,
    shown,
    state,
    stay,
    stayed,
)
from tests.support.reverse_proxy import reverse_proxy
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BEHIND = 'base_path = "/shelf"\ntrusted_proxies = ["127.0.0.1"]'


@pytest.mark.parametrize("cut", ["", "/shelf"], ids=["whole path", "cut off"])
def test_a_job_is_watched_and_ended_behind_a_proxy_under_a_path(
    browser: Browser, sandbox: SandboxProcess, tmp_path: Path, cut: str
) -> None:
    with Service(tmp_path / "service", sandbox.url, sandbox.admin_key) as shelf:
        text = shelf.config.read_text(encoding="utf-8")
        shelf.config.write_text(text.replace("[engine]", f"{BEHIND}\n[engine]", 1))
        shelf.start("serve")
        shelf.ready(limit=90)
        with (
            reverse_proxy(shelf.port, cut=cut, scheme="http") as port,
            harness.signed_in(browser, f"http://127.0.0.1:{port}", shelf.token, "/shelf") as (
                page,
                _,
            ),
        ):
            live(page)
            for link in page.locator("nav.main a").all():
                assert str(link.get_attribute("href")).startswith("/shelf/")
            page.get_by_role("link", name="Routines", exact=True).first.click()
            sandbox.set_faults(hold={**READS, "after": 10})
            routine(page, "process-all").get_by_role("button", name="Run now").click()
            shown(page.get_by_text("The job is queued"))
            assert "/shelf/jobs/" in page.url
            live(page)
            stay(page)
            says(page.locator("[data-part=processed]"), re.compile("^10$"))
            sandbox.set_faults()
            state(page, "finished")
            assert stayed(page)
            job = newest(shelf, "admin")
            assert counted(page) == nonzero(job)
            assert len(sandbox.writes(applied=True)) == job["counts"]["changed"]
            page.get_by_role("button", name="Sign out").click()
            shown(page.get_by_role("heading", name="Sign in", exact=True))
            assert page.url.partition("?")[0] == f"http://127.0.0.1:{port}/shelf/sign-in"

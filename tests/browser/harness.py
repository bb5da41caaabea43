"""A real browser before the real service: what the tests of the pages share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # the library is not installed everywhere
    from playwright.sync_api import Browser, Page

REQUIRED = "SHELFHOOK_REQUIRE_CHROMIUM"
"""Where this is 1 a missing browser is a failure, no reason to skip."""
AXE = "SHELFHOOK_AXE"
"""Names the file axe.min.js; else it is looked for where `make .axe/.ready` puts it."""
PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ROOT = Path(__file__).parents[2]
SERIOUS = ("serious", "critical")
PATIENCE = 30_000
"""Milliseconds after which a test gives up; generous, since the machine may be busy."""


def missing(what: str) -> None:
    """Skip visibly, or fail where everything must be there."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{what}; {REQUIRED}=1 wants it")
    pytest.skip(what)


def chromium() -> str:
    """Path of the browser."""
    found = next((place for place in PLACES if Path(place).exists()), shutil.which("chromium"))
    if not found:
        missing("there is no chromium; install Debian's package of that name")
    return str(found)


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed; pip install playwright")
        raise
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium(), args=arguments)
        try:
            yield opened
        finally:
            opened.close()


class Watched:
    """Notes what no page may do: errors on the console, requests to anybody else."""

    def __init__(self, page: Page, root: str) -> None:
        self.faults: list[str] = []
        self._allowed: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", lambda one: self._asked(one.url, root))

    def allow(self, text: str) -> None:
        """A console error that a test brings about on purpose (a lost connection)."""
        self._allowed.append(text)

    def check(self) -> None:
        """Fail if anything was noted that is not allowed."""
        left = [one for one in self.faults if not any(text in one for text in self._allowed)]
        assert not left, left

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _asked(self, url: str, root: str) -> None:
        if not url.startswith((root, "data:", "blob:", "about:")):
            self.faults.append(f"request to {url}")


@contextmanager
def opened(
    browser: Browser, root: str, token: str, **context: Any
) -> Iterator[tuple[Page, Watched]]:
    """A page that is signed in, watched to the end."""
    made = browser.new_context(
        base_url=root, extra_http_headers={"Authorization": f"Bearer {token}"}, **context
    )
    try:
        page = made.new_page()
        watched = Watched(page, root)
        yield page, watched
        watched.check()
    finally:
        made.close()


@contextmanager
def signed_in(
    browser: Browser, root: str, token: str, path: str = "", **context: Any
) -> Iterator[tuple[Page, Watched]]:
    """A page whose reader has signed in at the form, as a person would; watched to the end.

    Args:
        path: what the service is mounted under; "" for nothing.
    """
    made = browser.new_context(base_url=root, locale="en-GB", **context)
    made.set_default_timeout(PATIENCE)
    try:
        page = made.new_page()
        watched = Watched(page, root)
        page.goto(f"{path}/")
        page.get_by_label("Token", exact=True).fill(token)
        page.get_by_role("button", name="Sign in with the token").click()
        page.get_by_role("heading", name="Overview").wait_for()
        yield page, watched
        watched.check()
    finally:
        made.close()


def axe_file() -> Path:
    """Where axe-core's script lies."""
    named = os.environ.get(AXE, "")
    places = [Path(named)] if named else []
    places.append(ROOT / ".axe" / "node_modules" / "axe-core" / "axe.min.js")
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        missing(f"axe-core is not there; make .axe/.ready, or name axe.min.js with {AXE}")
    assert found is not None
    return found


def assert_no_axe_violations(page: Page) -> None:
    """No serious fault of accessibility in the page as it is now."""
    source = axe_file().read_text(encoding="utf-8")
    page.evaluate(source)  # by the debugger, which the page's policy does not bind
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    faults = [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]
    assert not faults, "\n".join(faults)

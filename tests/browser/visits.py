"""What the journeys of people share: coming in, a person of each role, a page of another origin."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.browser import harness
from tests.support.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "a horse that reads at night"


def add_person(service: Service, name: str, role: str, password: str = PASSWORD) -> None:
    """Somebody who may sign in."""
    body = {"name": name, "role": role, "password": password}
    assert service.call("POST", "/api/people", body)[0] == 201


@contextmanager
def stranger(
    browser: Browser, service: Service, **context: Any
) -> Iterator[tuple[Page, harness.Watched]]:
    """A page of somebody who has proved nothing yet, watched to the end."""
    made = browser.new_context(base_url=service.root, **context)
    try:
        page = made.new_page()
        watched = harness.Watched(page, service.root)
        yield page, watched
        watched.check()
    finally:
        made.close()


def sign_in(page: Page, name: str, password: str = PASSWORD, to: str = "/") -> None:
    """By the form, and on to a page."""
    page.goto(f"/sign-in?next={to}")
    tell(page, name, password)
    page.wait_for_url(f"**{to}")


def tell(page: Page, name: str, password: str) -> None:
    """Send the form with name and password."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


@contextmanager
def signed_in(
    browser: Browser, service: Service, name: str, role: str, to: str = "/", **context: Any
) -> Iterator[tuple[Page, harness.Watched]]:
    """The page of a new person."""
    add_person(service, name, role)
    with stranger(browser, service, **context) as (page, watched):
        sign_in(page, name, to=to)
        yield page, watched


@contextmanager
def elsewhere(body: str) -> Iterator[str]:
    """Another site with one page; gives its address. It ends with the `with` block."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            raw = body.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()

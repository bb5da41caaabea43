"""A browser as far as sign-in needs one: it keeps cookies, reads forms, sends its own headers."""

from __future__ import annotations

import html
import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web.lean import Application

PASSWORD = "correct horse battery"
PAGE = {"Accept": "text/html,application/xhtml+xml", "User-Agent": "Testfox/1"}
WORD = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """One browser, signed in or not."""

    def __init__(
        self, app: Application, *, root: str = "http://localhost", base: str = "", **environ: Any
    ) -> None:
        self.client: FlaskClient = app.test_client()
        self.root = root
        self.base = root + base
        self.environ = environ

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(
            path, base_url=self.base, headers=PAGE | headers, environ_base=self.environ
        )

    def word(self, path: str) -> str:
        """The word of the forms of a page."""
        found = WORD.search(self.get(path).text)
        assert found, "the page has no form"
        return found[1]

    def send(
        self, path: str, fields: dict[str, Any] | None = None, *, form: str = "", **headers: str
    ) -> TestResponse:
        """Send a form as the page `form` holds it."""
        return self.post(path, (fields or {}) | {"csrf_token": self.word(form or path)}, **headers)

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> TestResponse:
        """Send fields as they are."""
        given = PAGE | {"Origin": self.root} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.client.post(
            path, base_url=self.base, data=fields, headers=given, environ_base=self.environ
        )

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.send("/sign-in", {"name": name, "password": password} | more)

    def sign_in_with(self, token: str, **more: str) -> TestResponse:
        return self.send("/sign-in", {"token": token} | more)

    def cookie(self, name: str = "shelfhook-session", path: str = "/") -> str:
        host = self.root.partition("://")[2]
        found = self.client.get_cookie(name, host, path)
        return found.value if found else ""


def signed_in(app: Application, store: Store, role: Role, name: str = "") -> Browser:
    """The browser of a new person."""
    name = name or f"the-{role}"
    store.people.add(name, role, PASSWORD, 0.0)
    browser = Browser(app)
    assert browser.sign_in(name).status_code == 303
    return browser


def shown_secret(answer: TestResponse) -> str:
    """The secret that a page shows once."""
    found = re.search(r"(shk_[\w-]+|http://\S+?/sign-in/[\w-]+)", html.unescape(answer.text))
    assert found, answer.text
    return found[1]

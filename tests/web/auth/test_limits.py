"""How often somebody may try."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web.auth.attempts import MOST, Attempts, address_key, name_key
from shelfhook.web.auth.doors import HASHING
from shelfhook.web.context import EXTENSION
from shelfhook.web.guard import FORM, SIGN_IN_BYTES
from shelfhook.web.lean import Application
from tests.support.clock import FakeClock
from tests.web import desk
from tests.web.auth.browser import PASSWORD, Browser, signed_in


@pytest.fixture
def app(store: Store, clock: desk.BusyClock) -> Application:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    return desk.make(store, clock, sign_in={"attempts": 3, "attempts_minutes": 10})


def test_an_address_that_fails_too_often_waits(app: Application, clock: desk.BusyClock) -> None:
    browser = Browser(app)
    assert [browser.sign_in(f"n{n}", "wrong").status_code for n in range(4)] == [401, 401, 401, 429]
    answer = browser.sign_in("anna")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 601
    assert "Try again in 10 minutes" in answer.text
    assert browser.sign_in_with(desk.TOKEN).status_code == 429
    clock.advance(600)
    assert browser.sign_in("anna").status_code == 303


def test_a_name_that_is_tried_from_everywhere_waits(app: Application) -> None:
    def from_address(last: int, name: str = "anna") -> int:
        return Browser(app, REMOTE_ADDR=f"10.0.0.{last}").sign_in(name, "wrong").status_code

    assert [from_address(n) for n in range(4)] == [401, 401, 401, 429]
    assert from_address(9, " ANNA ") == 429
    assert from_address(9, "ben") == 401


def test_a_header_that_anybody_can_send_does_not_evade_the_limit(app: Application) -> None:
    browser = Browser(app)
    found = []
    for n in range(4):
        fields = {"name": f"n{n}", "password": "wrong", "csrf_token": browser.word("/sign-in")}
        headers = {"X_Forwarded_For": f"10.9.8.{n}", "Forwarded": f"for=10.9.8.{n}"}
        found.append(browser.post("/sign-in", fields, **headers).status_code)
    assert found == [401, 401, 401, 429]


def test_success_does_not_count(app: Application) -> None:
    browser = Browser(app)
    assert [browser.sign_in("anna").status_code for _ in range(5)] == [303] * 5


def test_passwords_are_hashed_by_few_at_once(app: Application) -> None:
    browser = Browser(app)
    word = browser.word("/sign-in")
    seats = [app.extensions[EXTENSION].doors.hashing.take() for _ in range(HASHING)]
    answer = browser.post("/sign-in", {"name": "anna", "password": PASSWORD, "csrf_token": word})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    for seat in seats:
        seat.leave()
    assert browser.sign_in("anna").status_code == 303


def test_many_at_once_get_no_more_attempts() -> None:
    attempts = Attempts(5, 60, FakeClock())
    start = threading.Barrier(8)

    def take(_: int) -> bool:
        start.wait(10)
        return attempts.take(["k"]) == 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 5


def test_memory_is_bounded() -> None:
    attempts = Attempts(1, 60, FakeClock())
    for n in range(MOST + 10):
        attempts.take([f"k{n}"])
    assert len(attempts._tried) == MOST
    assert attempts.take([f"k{MOST}"]) > 0
    assert attempts.take(["k0"]) == 0  # forgotten


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("", "rubbish", True),
    ],
)
def test_addresses_of_one_household_count_together(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) == same


def test_a_long_name_takes_no_room() -> None:
    assert len(name_key("x" * 10_000)) < 100


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", FORM])
def test_strangers_send_short_forms_alone(app: Application, kind: str) -> None:
    """Else a form with a file in it would fill the disk (the word may stand in a header, too)."""
    browser = Browser(app)
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    body = part + b"a" * SIGN_IN_BYTES
    headers = {"X-CSRF-Token": browser.word("/sign-in"), "Content-Type": kind}
    answer = browser.client.post("/sign-in", data=body, headers=headers)
    assert answer.status_code == 413


def test_no_form_is_longer_than_a_body_may_be(app: Application, store: Store) -> None:
    browser = signed_in(app, store, Role.ADMIN)
    fields = {"name": "t", "role": "viewer", "scopes": "read", "more": "a" * (1 << 20)}
    headers = {"X_CSRF_Token": browser.word("/settings/tokens")}
    assert browser.post("/settings/tokens", fields, **headers).status_code == 413
    assert store.tokens.all() == []

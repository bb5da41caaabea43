"""Signing in and out with a browser."""

from __future__ import annotations

import logging

import pytest

from shelfhook.model import Role, Scope
from shelfhook.store import Store, passwords
from shelfhook.web.lean import Application
from shelfhook.web.masking import Mask
from tests.web import desk
from tests.web.auth.browser import PASSWORD, Browser, signed_in

HOUR = 3600.0


def test_a_page_sends_a_stranger_to_the_sign_in_and_back(browser: Browser, store: Store) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    answer = browser.get("/account?tab=1&x=%2F")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/account%3Ftab%3D1%26x%3D%252F"
    place = "/account?tab=1&x=%2F"
    answer = browser.sign_in("anna", next=place)
    assert (answer.status_code, answer.location) == (303, place)
    assert "You are <strong><bdi>anna</bdi></strong>" in browser.get(place).text
    assert store.people.get("anna").signed_in_at is not None


def test_programs_are_told_401_instead(browser: Browser) -> None:
    assert browser.get("/api/jobs").status_code == 401
    assert browser.get("/account", Accept="application/json").status_code == 401
    assert browser.get("/account", Authorization="Bearer wrong").status_code == 401


def test_a_token_signs_a_browser_in(browser: Browser, store: Store) -> None:
    made, secret = store.tokens.create("phone", Role.OPERATOR, None, "x", 0)
    assert browser.sign_in_with(f" {secret} ").status_code == 303
    assert browser.get("/api/me").get_json()["name"] == "phone"
    store.people.add("boss", Role.ADMIN, "", 0)
    assert made.role is Role.OPERATOR


def test_the_configured_token_signs_in_as_admin(browser: Browser) -> None:
    assert browser.sign_in_with(desk.TOKEN).status_code == 303
    me = browser.get("/api/me").get_json()
    assert (me["role"], me["via"], me["scopes"]) == ("admin", "session", None)


def test_another_configured_token_ends_its_sessions(store: Store, clock: desk.BusyClock) -> None:
    first = Browser(desk.make(store, clock))
    first.sign_in_with(desk.TOKEN)
    second = Browser(desk.make(store, clock, token="another-token-0123456789"))
    second.client._cookies = first.client._cookies  # type: ignore[attr-defined] # the same browser
    assert first.get("/api/me").status_code == 200
    assert second.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", "wrong password"), ("nobody", PASSWORD), ("", PASSWORD), ("a b", ""), ("anna", "")],
)
def test_whatever_is_wrong_the_answer_is_the_same(
    browser: Browser, store: Store, name: str, password: str
) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    answer = browser.sign_in(name, password)
    assert answer.status_code == 401
    assert "do not fit" in answer.text
    assert 'role="alert"' in answer.text
    assert browser.cookie() == ""
    assert password == "" or password not in answer.text


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(
    browser: Browser, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    store.people.add("proxied", Role.VIEWER, "", 0)
    made: list[str] = []
    hasher = passwords._hasher()
    verify = hasher.verify
    passwords.fits("", "the hash that stands in is made once")

    class Counting:
        def verify(self, kept: str, password: bytes) -> bool:
            made.append(kept[:31])
            return verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    for name in ("anna", "nobody", "proxied", "no name"):
        assert browser.sign_in(name, "wrong password").status_code == 401
    assert made == ["$argon2id$v=19$m=19456,t=2,p=1$"] * 4


def test_a_session_has_a_new_secret_at_each_sign_in(browser: Browser, store: Store) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    browser.client.set_cookie("shelfhook-session", "chosen-by-somebody-else")
    browser.sign_in("anna")
    first = browser.cookie()
    assert first not in ("", "chosen-by-somebody-else")
    browser.sign_in("anna")
    assert browser.cookie() != first
    browser.client.set_cookie("shelfhook-session", first)
    assert browser.get("/api/me").status_code == 401  # the former one has ended


def test_signing_out_ends_the_session(app: Application, store: Store) -> None:
    browser = signed_in(app, store, Role.VIEWER)
    secret = browser.cookie()
    answer = browser.send("/sign-out", form="/account")
    assert (answer.status_code, answer.location) == (303, "/sign-in?did=signed-out")
    assert browser.cookie() == ""
    browser.client.set_cookie("shelfhook-session", secret)
    assert browser.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    ("pauses", "lives"),
    [([71 * HOUR], True), ([72 * HOUR], False), ([60 * HOUR] * 5, True), ([60 * HOUR] * 6, False)],
)
def test_a_session_ends_when_idle_and_at_last(
    app: Application, store: Store, clock: desk.BusyClock, pauses: list[float], lives: bool
) -> None:
    browser = signed_in(app, store, Role.VIEWER)
    status = 200
    for pause in pauses:
        clock.advance(pause)
        status = browser.get("/api/me").status_code
        store.sessions.end("another")  # waits until the use is noted
    assert (status == 200) == lives


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    browser: Browser, store: Store
) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    for cookie in (
        *browser.get("/sign-in").headers.getlist("Set-Cookie"),
        *browser.sign_in("anna").headers.getlist("Set-Cookie"),
    ):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Secure" not in cookie  # else http on the own network would not work


@pytest.mark.parametrize(
    ("root", "base", "name"),
    [
        ("https://books.test", "", "__Host-shelfhook-session"),
        ("https://books.test", "/shelf", "__Secure-shelfhook-session"),
        ("http://books.test", "/shelf", "shelfhook-session"),
    ],
)
def test_cookies_are_named_and_placed_as_the_connection_allows(
    app: Application, store: Store, root: str, base: str, name: str
) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    browser = Browser(app, root=root, base=base)
    answer = browser.sign_in("anna")
    assert (answer.status_code, answer.location) == (303, f"{base}/")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith(f"{name}=")
    assert f"Path={base or '/'}" in cookie.split("; ")
    assert ("Secure" in cookie.split("; ")) == root.startswith("https")


def test_secure_cookies_can_be_demanded(store: Store, clock: desk.BusyClock) -> None:
    app = desk.make(store, clock, sign_in={"secure_cookies": True})
    for cookie in Browser(app).get("/sign-in").headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie


@pytest.mark.parametrize(
    "place",
    [
        "//evil.test/",
        "/\\evil.test",
        "\\/evil.test",
        "https://evil.test/",
        "http:/evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        " //evil.test",
        "javascript:alert(1)",
        "evil.test",
        "/" + "x" * 600,
        "/\x00",
    ],
)
def test_the_way_back_never_leads_elsewhere(browser: Browser, store: Store, place: str) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    assert (
        'name="next" value="/"' in browser.client.get("/sign-in", query_string={"next": place}).text
    )
    assert browser.sign_in("anna", next=place).location == "/"


def test_under_a_base_path_the_way_back_stays_below_it(app: Application, store: Store) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    browser = Browser(app, base="/shelf")
    assert browser.get("/account").location == "/shelf/sign-in?next=/shelf/account"
    assert browser.sign_in("anna", next="/other/app").location == "/shelf/"


# -- links --


def test_a_link_shows_a_button_and_the_button_works_once(browser: Browser, store: Store) -> None:
    secret = store.sessions.make_link(Role.ADMIN, desk_now(store), seconds=60, created_by="x")
    for _ in range(3):  # what looks at links by itself uses nothing up
        assert "Sign in now" in browser.get(f"/sign-in/{secret}").text
    word = browser.word(f"/sign-in/{secret}")
    answer = browser.post(f"/sign-in/{secret}", {"csrf_token": word})
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/api/me").get_json()["role"] == "admin"
    again = browser.post(f"/sign-in/{secret}", {"csrf_token": word})
    assert again.status_code == 410
    assert browser.get(f"/sign-in/{secret}").status_code == 410


def desk_now(_: Store) -> float:
    return desk.BusyClock().now()


def test_a_link_of_a_person_signs_in_as_that_person(browser: Browser, store: Store) -> None:
    store.people.add("anna", Role.OPERATOR, "", 0)
    secret = store.sessions.make_link(
        Role.VIEWER, desk_now(store), seconds=60, created_by="x", person="anna"
    )
    browser.send(f"/sign-in/{secret}")
    me = browser.get("/api/me").get_json()
    assert (me["name"], me["role"]) == ("anna", "operator")


def test_a_link_that_is_too_old_or_none_lets_nobody_in(
    browser: Browser, store: Store, clock: desk.BusyClock
) -> None:
    secret = store.sessions.make_link(Role.ADMIN, clock.now(), seconds=60, created_by="x")
    word = browser.word("/sign-in")
    clock.advance(60)
    for path in (f"/sign-in/{secret}", "/sign-in/invented"):
        answer = browser.post(path, {"csrf_token": word})
        assert answer.status_code == 410
        assert "has been used, or is too old" in answer.text
    assert browser.cookie() == ""


# -- what must not be told --


def test_secrets_are_in_no_log_and_no_answer(
    browser: Browser, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, token = store.tokens.create("t", Role.VIEWER, {Scope.READ}, "x", 0)
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    answers = [
        browser.sign_in("anna", "a wrong password"),
        browser.sign_in(PASSWORD, "x"),  # typed into the wrong field
        browser.sign_in_with(token + "x"),
        browser.sign_in_with(token),
        browser.get("/account"),
        browser.get("/api/me"),
    ]
    told = caplog.text + "".join(answer.text for answer in answers)
    for secret in (token, PASSWORD, "a wrong password", browser.cookie()):
        assert secret not in told
    assert "A sign-in from 127.0.0.1 failed" in caplog.text


def test_pages_run_nothing_but_our_own_files(browser: Browser, store: Store) -> None:
    store.people.add("anna", Role.ADMIN, PASSWORD, 0)
    answers = [browser.get("/sign-in"), browser.get("/account"), browser.sign_in("anna", "wrong")]
    browser.sign_in("anna")
    answers += [browser.get(p) for p in ("/account", "/settings/people", "/settings/tokens")]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        for inline in ("<script>", "<style", " style=", " onclick="):
            assert inline not in answer.text


def test_what_a_token_cannot_even_look_at_it_does_not_sign_in_for(
    browser: Browser, store: Store
) -> None:
    _, secret = store.tokens.create("scrape", Role.VIEWER, {Scope.METRICS}, "x", 0)
    assert browser.sign_in_with(secret).status_code == 401


def test_a_session_that_is_nobodys_is_short(
    browser: Browser, store: Store, clock: desk.BusyClock
) -> None:
    secret = store.sessions.make_link(Role.ADMIN, clock.now(), seconds=60, created_by="x")
    browser.send(f"/sign-in/{secret}")
    clock.advance(11 * HOUR)
    assert browser.get("/api/me").status_code == 200
    clock.advance(1 * HOUR)
    assert browser.get("/api/me").status_code == 401


def test_a_proxys_own_basic_authentication_is_no_token(browser: Browser) -> None:
    answer = browser.get("/account", Authorization="Basic YTpi")
    assert answer.location == "/sign-in?next=/account"


def test_a_way_back_in_other_letters_is_kept(browser: Browser, store: Store) -> None:
    store.people.add("anna", Role.VIEWER, PASSWORD, 0)
    assert browser.sign_in("anna", next="/jobs?q=ü").location == "/jobs?q=%C3%BC"


def test_a_links_secret_and_a_token_are_masked_wherever_they_turn_up() -> None:
    mask = Mask([])
    told = mask("GET /sign-in/abcdefgh-ijkl failed for shk_abcdefghijkl")
    assert told == "GET /sign-in/*** failed for ***"

"""Who is let in, and how often an authentication was needed."""

from pathlib import PurePath

import pytest
import requests

from shelfhook.sandbox.options import Login, Options
from shelfhook.sandbox.server import SandboxServer

ME = "/api/v2/users/me"


def test_nobody_is_let_in_without_credentials_save_to_ask_for_health(
    small: SandboxServer, session: requests.Session
) -> None:
    assert session.get(f"{small.url}/actuator/health").json() == {"status": "UP"}
    refused = session.get(small.url + ME)
    assert refused.status_code == 401
    assert refused.json()["error"] == "Unauthorized"
    assert session.get(small.url + ME, headers={"X-API-Key": "wrong"}).status_code == 401


def test_a_password_and_a_key_are_equally_good(
    small: SandboxServer, session: requests.Session
) -> None:
    admin = small.options.admin
    by_password = session.get(small.url + ME, auth=(admin.email, admin.password)).json()
    session.cookies.clear()
    by_key = session.get(small.url + ME, headers={"X-API-Key": small.admin_key}).json()
    assert by_password == by_key
    assert by_key["email"] == admin.email


def test_a_session_cookie_saves_further_authentications(
    small: SandboxServer, session: requests.Session
) -> None:
    session.headers["X-API-Key"] = small.admin_key
    for _ in range(5):
        session.get(small.url + ME).raise_for_status()
    counts = small.status()["authentications"]
    assert (counts["fresh"], counts["reused"]) == (1, 4)


def test_a_session_may_travel_in_a_header(small: SandboxServer, session: requests.Session) -> None:
    first = session.get(small.url + ME, headers={"X-API-Key": small.admin_key, "X-Auth-Token": ""})
    token = first.headers["X-Auth-Token"]
    assert "Set-Cookie" not in first.headers
    assert session.get(small.url + ME, headers={"X-Auth-Token": token}).status_code == 200
    assert small.status()["authentications"]["reused"] == 1


def test_a_forgotten_session_needs_the_credentials_again(
    small: SandboxServer, session: requests.Session
) -> None:
    session.get(small.url + ME, headers={"X-API-Key": small.admin_key}).raise_for_status()
    small.control("DELETE", "/sandbox/sessions")
    assert session.get(small.url + ME).status_code == 401


def test_a_reader_may_read_but_not_change(small: SandboxServer, session: requests.Session) -> None:
    session.headers["X-API-Key"] = small.reader_key
    book = small.books()[0]["id"]
    one = f"{small.url}/api/v1/books/{book}"
    assert "ADMIN" not in session.get(small.url + ME).json()["roles"]
    assert session.patch(f"{one}/metadata", json={"title": "x"}).status_code == 403
    assert session.post(f"{one}/analyze").status_code == 403
    url = session.get(one).json()["url"]
    assert url == PurePath(small.books()[0]["url"]).name


def test_an_old_server_answers_nothing_to_a_key_beside_a_cookie(
    small: SandboxServer, session: requests.Session
) -> None:
    small.set_faults(empty_200_with_key_and_cookie=True)
    session.headers["X-API-Key"] = small.admin_key
    assert session.get(small.url + ME).json()["email"]
    empty = session.get(small.url + ME)
    assert (empty.status_code, empty.content) == (200, b"")
    session.cookies.clear()
    assert session.get(small.url + ME).json()["email"]


def test_the_tests_own_calls_leave_no_trace(small: SandboxServer) -> None:
    small.books()
    small.call("PATCH", f"/api/v1/books/{small.books()[0]['id']}/metadata", {"title": "x"})
    assert small.journal() == []
    assert small.status()["authentications"]["fresh"] == 0


def test_secrets_are_not_shown_where_options_are_printed() -> None:
    options = Options(admin=Login.parse("a@example.org:top:secret", "the-key"))
    assert options.admin.password == "top:secret"
    assert "secret" not in repr(options.admin)
    assert "the-key" not in repr(options)


@pytest.mark.parametrize("text", ["", "a@example.org", ":pw", "a@example.org:"])
def test_a_user_without_a_name_or_a_password_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="email:password"):
        Login.parse(text)

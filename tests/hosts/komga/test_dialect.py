from __future__ import annotations

import pytest

from shelfhook.errors import ConfigurationError
from shelfhook.hosts.calls import Answer
from shelfhook.hosts.komga.dialect import KomgaDialect
from shelfhook.ports import HostOptions


def dialect(api_key: str = "s3cret", username: str = "", password: str = "") -> KomgaDialect:
    return KomgaDialect(HostOptions("mine", "komga", "http://k", api_key, username, password))


def answer(status: int = 200, body: bytes = b"{}", seconds: float = 0.1, **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, named, body, seconds)


def test_a_key_is_sent_as_header() -> None:
    assert dialect().headers()["X-API-Key"] == "s3cret"


def test_a_password_is_sent_as_basic_and_may_hold_any_letter() -> None:
    headers = dialect("", "a@b.c", "pässword").headers()
    assert headers["Authorization"] == "Basic YUBiLmM6cMOkc3N3b3Jk"


def test_the_key_wins() -> None:
    assert "Authorization" not in dialect("key", "user", "password").headers()


@pytest.mark.parametrize("key", ["two\nlines", "schlüssel", "a\x00b"])
def test_a_key_that_cannot_be_sent_is_refused_without_naming_it(key: str) -> None:
    with pytest.raises(ConfigurationError, match="characters it cannot have") as caught:
        dialect(key)
    assert key not in str(caught.value)


def test_no_login_at_all_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="give an api_key, or username and password"):
        dialect("")


@pytest.mark.parametrize(
    "cookie",
    [
        "KOMGA-SESSION=Ab0+/=; Path=/; HttpOnly",
        "other=1; Path=/, KOMGA-SESSION=Ab0+/=; Path=/base",
    ],
)
def test_a_session_is_kept_for_all_later_calls(cookie: str) -> None:
    komga = dialect()
    assert not komga.learn(komga.headers(), answer(Set_Cookie=cookie))
    assert komga.headers()["Cookie"] == "KOMGA-SESSION=Ab0+/="
    assert komga.headers()["X-API-Key"] == "s3cret"


def test_a_new_session_takes_the_place_of_the_former() -> None:
    komga = dialect()
    for session in ("one", "two"):
        komga.learn(komga.headers(), answer(Set_Cookie=f"KOMGA-SESSION={session}"))
    assert komga.headers()["Cookie"] == "KOMGA-SESSION=two"


def test_an_empty_200_to_key_and_session_gives_sessions_up_for_good() -> None:
    komga = dialect()
    komga.learn(komga.headers(), answer(Set_Cookie="KOMGA-SESSION=one"))
    assert komga.learn(komga.headers(), answer(body=b""))
    assert "Cookie" not in komga.headers()
    komga.learn(komga.headers(), answer(Set_Cookie="KOMGA-SESSION=two"))
    assert "Cookie" not in komga.headers()


@pytest.mark.parametrize(("status", "body"), [(204, b""), (202, b""), (200, b"{}")])
def test_other_answers_keep_the_session(status: int, body: bytes) -> None:
    komga = dialect()
    komga.learn(komga.headers(), answer(Set_Cookie="KOMGA-SESSION=one"))
    assert not komga.learn(komga.headers(), answer(status, body))
    assert "Cookie" in komga.headers()


def test_an_empty_200_without_a_session_is_not_asked_for_again() -> None:
    komga = dialect()
    assert not komga.learn(komga.headers(), answer(body=b""))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"violations":[{"fieldName":"isbn","message":"not valid"}]}', "isbn: not valid"),
        (
            b'{"violations":[{"fieldName":"a","message":"b"},{"fieldName":"c","message":"d"}]}',
            "a: b; c: d",
        ),
        (b'{"status":404,"error":"Not Found","message":"no book"}', "no book"),
        (b'{"status":404,"error":"Not Found","message":""}', "Not Found"),
        (b"<html>", ""),
        (b"[]", ""),
        (b"", ""),
    ],
)
def test_errors_are_told_in_komgas_own_words(body: bytes, words: str) -> None:
    assert dialect().explain(body) == words


@pytest.mark.parametrize(
    ("body", "seconds", "overloaded"),
    [
        (b'{"message":"HikariPool-1 - Connection is not available"}', 1.0, True),
        (b'{"message":"[SQLITE_BUSY] The database file is locked"}', 1.0, True),
        (b"", 30.0, True),
        (b'{"message":"NullPointerException"}', 0.1, False),
    ],
)
def test_a_500_is_overload_if_komga_waited_in_vain_for_its_database(
    body: bytes, seconds: float, overloaded: bool
) -> None:
    assert dialect().overloaded(answer(500, body, seconds)) is overloaded


def test_secrets_are_taken_out_of_what_the_server_says() -> None:
    komga = dialect("", "a@b.c", "hunter2")
    komga.learn(komga.headers(), answer(Set_Cookie="KOMGA-SESSION=one234"))
    told = f"bad {komga.headers()['Authorization']} of hunter2 in one234"
    assert komga.redact(told) == "bad Basic *** of *** in ***"

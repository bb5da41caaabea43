from __future__ import annotations

import pytest

from shelfhook.errors import ConfigurationError
from shelfhook.hosts.calls import Answer
from shelfhook.hosts.dialects import PlainDialect, base64_of, basic, bearer, key_of
from shelfhook.ports import HostOptions

OPTIONS = HostOptions("mine", "test", "http://shelf.test", api_key="s3cret", password="pässword")


def dialect(login: dict[str, str] | None = None) -> PlainDialect:
    return PlainDialect(OPTIONS, bearer(key_of(OPTIONS)) if login is None else login)


def test_the_login_goes_with_every_call() -> None:
    assert dialect().headers()["Authorization"] == "Bearer s3cret"
    assert dialect().headers()["Accept"] == "application/json"
    assert dialect({"X-Api-Key": "k"}).headers()["X-Api-Key"] == "k"


def test_name_and_password_are_sent_as_rfc_7617_says() -> None:
    options = HostOptions(
        "mine", "test", "http://x.test", username="Aladdin", password="open sesame"
    )
    assert basic(options) == {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}


@pytest.mark.parametrize("login", [key_of, basic])
def test_a_login_that_is_missing_is_named_with_its_host(login: object) -> None:
    with pytest.raises(ConfigurationError, match="host mine: give"):
        login(HostOptions("mine", "test", "http://shelf.test"))  # type: ignore[operator]


@pytest.mark.parametrize("key", ["a\r\nX: 1", "ä", "a\x00"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_told(key: str) -> None:
    with pytest.raises(ConfigurationError, match="host mine") as refused:
        dialect(bearer(key))
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", ""),
        (b'{"error": "no such archive"}', "no such archive"),
        (b'{"message": "", "detail": "d"}', ""),
        (b'{"error": {"code": 1}, "detail": "d"}', "d"),
        (b"No archive ID specified.\n", "No archive ID specified."),
        (b"<h1>no</h1>", ""),
        (b"x" * 301, ""),
        (b"[1]", ""),
        (b"\xff", "�"),
        (b"[" * 100_000, ""),
    ],
    ids=str,
)
def test_the_hosts_own_words_are_found(body: bytes, words: str) -> None:
    assert dialect().explain(body) == words


def test_secrets_are_taken_out_of_messages_in_each_of_their_forms() -> None:
    token = base64_of("s3cret")
    told = dialect(bearer(token)).redact(f"Bearer {token} s3cret pässword")
    assert told == "Bearer *** *** ***"
    assert "s3cret" not in repr(dialect())


def test_a_plain_host_teaches_nothing_and_is_never_overloaded_by_a_500() -> None:
    answer = Answer(500, {"Set-Cookie": "a=b"}, b"", 100.0)
    assert not dialect().learn({}, answer)
    assert not dialect().overloaded(answer)

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from shelfhook.errors import ConfigurationError
from shelfhook.hosts.calibre.dialect import CalibreDialect
from shelfhook.hosts.calls import Answer, Call, Signs
from shelfhook.ports import HostOptions

OPTIONS = HostOptions("mine", "calibre", "http://c/base/", "", "admin", "s3cret")
BASIC = "Basic " + base64.b64encode(b"admin:s3cret").decode()
CALL = Call("POST", "/cdb/x?library_id=a%20b", "/cdb/x")
OTHER_SCHEME = Answer(400, {}, b"Unsupported authentication method", 0.1)


def dialect() -> CalibreDialect:
    return CalibreDialect(OPTIONS)


def asked(header: str) -> Answer:
    return Answer(401, {"WWW-Authenticate": header}, b"", 0.1)


def wants_basic() -> Answer:
    return asked('Basic realm="calibre"')


def wants_digest(nonce: str = "n1", more: str = "") -> Answer:
    return asked(f'Digest realm="calibre", nonce="{nonce}", algorithm="MD5", qop="auth"{more}')


def fine(**headers: str) -> Answer:
    return Answer(200, headers, b"{}", 0.1)


def shown(dialect: CalibreDialect) -> str:
    return dialect.sign(CALL).get("Authorization", "")


def entered(by: Answer) -> CalibreDialect:
    """A dialect that a server has let in."""
    made = dialect()
    assert made.learn(made.sign(CALL), by)
    assert not made.learn(made.sign(CALL), fine())
    return made


def test_it_signs_each_call() -> None:
    assert isinstance(dialect(), Signs)


def test_nothing_of_the_password_goes_out_before_the_server_asks() -> None:
    made = dialect()
    assert "Authorization" not in made.headers()
    assert shown(made) == ""


def test_a_server_that_asks_for_basic_gets_it_at_once_and_ever_after() -> None:
    assert shown(entered(wants_basic())) == BASIC


def test_a_server_that_asks_for_digest_gets_a_proof_for_each_path_and_no_password() -> None:
    made = entered(wants_digest())
    first, second = shown(made), shown(made)
    assert 'uri="/base/cdb/x?library_id=a%20b"' in first
    assert 'nonce="n1"' in first
    assert first != second
    assert "s3cret" not in first + second


@pytest.mark.parametrize("by", [wants_basic(), wants_digest()], ids=["basic", "digest"])
def test_a_wrong_password_is_not_tried_a_second_time(by: Answer) -> None:
    made = dialect()
    assert made.learn(made.sign(CALL), by)
    again = wants_digest("n2") if "Digest" in by.headers["WWW-Authenticate"] else by
    assert not made.learn(made.sign(CALL), again)


def test_a_nonce_that_has_grown_old_is_replaced() -> None:
    made = dialect()
    made.learn(made.sign(CALL), wants_digest())
    assert made.learn(made.sign(CALL), wants_digest("n2", ', stale="true"'))
    assert 'nonce="n2"' in shown(made)


def test_after_a_restart_the_server_has_forgotten_a_nonce_that_was_good() -> None:
    made = entered(wants_digest())
    assert made.learn(made.sign(CALL), wants_digest("n2"))
    assert 'nonce="n2"' in shown(made)
    assert not made.learn(made.sign(CALL), wants_digest("n3")), "the password was changed, too"


def test_a_thread_that_is_late_uses_what_another_has_found() -> None:
    made = entered(wants_digest())
    late = made.sign(CALL)
    made.learn(made.sign(CALL), wants_digest("n2"))
    assert made.learn(late, wants_digest("n3"))
    assert 'nonce="n2"' in shown(made)


def test_threads_that_begin_at_once_share_the_way_in() -> None:
    made = dialect()
    one, other = made.sign(CALL), made.sign(CALL)
    assert made.learn(one, wants_digest("n1"))
    assert made.learn(other, wants_digest("n2"))
    assert 'nonce="n1"' in shown(made)


def test_a_server_that_has_changed_from_basic_to_digest_is_asked_anew() -> None:
    made = entered(wants_basic())
    assert made.learn(made.sign(CALL), OTHER_SCHEME)
    assert shown(made) == ""
    assert made.learn(made.sign(CALL), wants_digest())
    assert shown(made).startswith("Digest ")


def test_a_server_that_has_changed_from_digest_to_basic_is_followed() -> None:
    made = entered(wants_digest())
    assert made.learn(made.sign(CALL), wants_basic())
    assert shown(made) == BASIC


def test_a_400_without_a_login_says_nothing_about_it() -> None:
    made = dialect()
    assert not made.learn(made.sign(CALL), OTHER_SCHEME)
    assert not made.learn({"Authorization": BASIC}, replace(OTHER_SCHEME, body=b"Invalid data"))


@pytest.mark.parametrize("header", ["", "Bearer", "Negotiate"])
def test_a_way_in_that_nobody_knows_is_not_tried(header: str) -> None:
    made = dialect()
    assert not made.learn(made.sign(CALL), asked(header))
    assert shown(made) == ""


@pytest.mark.parametrize(
    ("server", "version"),
    [("calibre 6.13.0", "6.13.0"), ("calibre/7.1", "7.1"), ("nginx/1.22", ""), ("", "")],
)
def test_the_servers_version_is_heard_where_no_proxy_hides_it(server: str, version: str) -> None:
    made = dialect()
    made.learn(made.sign(CALL), fine(Server=server))
    assert made.version == version


def test_errors_are_told_in_calibres_own_words() -> None:
    assert dialect().explain(b"No book with id: 7 in library: x") == (
        "No book with id: 7 in library: x"
    )
    assert dialect().explain(b"<html>nginx") == ""


def test_secrets_are_taken_out() -> None:
    assert dialect().redact(f"{BASIC} s3cret") == "Basic *** ***"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (replace(OPTIONS, username="", password=""), "give username and password"),
        (replace(OPTIONS, username="", api_key="k"), "Calibre has no api_key"),
        (replace(OPTIONS, username="a\nb"), "the username holds characters"),
        (replace(OPTIONS, username="\u0416"), "the username holds characters"),
    ],
)
def test_a_login_that_cannot_be_used_is_refused_in_words(options: HostOptions, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as refused:
        CalibreDialect(options)
    assert "s3cret" not in str(refused.value)

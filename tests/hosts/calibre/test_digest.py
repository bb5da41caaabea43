from __future__ import annotations

import re

import pytest

from shelfhook.hosts.calibre import digest
from shelfhook.hosts.calibre.digest import Challenge

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
HEADER = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    f'nonce="{NONCE}", opaque="{OPAQUE}"'
)


def parts(header: str) -> dict[str, str]:
    assert header.startswith("Digest ")
    return {name: quoted or token for name, quoted, token in _PARTS.findall(header)}


_PARTS = re.compile(r'(\w+)=(?:"([^"]*)"|([^ ,]+))')


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_the_rfc_are_answered_as_it_says(algorithm: str, response: str) -> None:
    challenge = digest.read(HEADER.format(algorithm))
    assert challenge is not None
    said = challenge.answer("Mufasa", "Circle of Life", "GET", "/dir/index.html", cnonce=CNONCE)
    assert parts(said) == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "algorithm": algorithm,
        "nonce": NONCE,
        "nc": "00000001",
        "cnonce": CNONCE,
        "qop": "auth",
        "response": response,
        "opaque": OPAQUE,
    }


def test_the_older_form_without_a_quality_is_answered_without_a_count() -> None:
    challenge = digest.read(f'digest realm="r", nonce="{NONCE}"')
    assert challenge is not None
    said = parts(challenge.answer("u", "p", "GET", "/"))
    assert set(said) == {"username", "realm", "nonce", "uri", "response", "algorithm"}


def test_each_use_of_a_nonce_is_counted() -> None:
    challenge = Challenge("r", "n", qop="auth")
    said = [parts(challenge.answer("u", "p", "GET", "/")) for _ in range(3)]
    assert [one["nc"] for one in said] == ["00000001", "00000002", "00000003"]
    assert len({one["cnonce"] for one in said}) == 3


def test_a_name_in_quotes_stays_one() -> None:
    challenge = digest.read(r'Digest realm="a \"b\" c", nonce="n"')
    assert challenge is not None
    assert challenge.realm == 'a "b" c'
    assert r'realm="a \"b\" c"' in challenge.answer("u", "p", "GET", "/")


@pytest.mark.parametrize(("word", "stale"), [('stale="true"', True), ("stale=FALSE", False)])
def test_a_server_says_that_a_nonce_was_too_old(word: str, stale: bool) -> None:
    challenge = digest.read(f'Digest realm="r", nonce="n", {word}')
    assert challenge is not None
    assert challenge.stale is stale


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic realm=calibre",
        "Digest",
        'Digest realm="r"',
        'Digest realm="r", nonce="n", algorithm=SHA-512-256',
        'Digest realm="r", nonce="n", algorithm=MD5-sess',
        'Digest realm="r", nonce="n", qop="auth-int"',
    ],
)
def test_what_cannot_be_met_is_no_challenge(header: str) -> None:
    assert digest.read(header) is None

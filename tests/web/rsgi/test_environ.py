from __future__ import annotations

from typing import Any

import pytest

from shelfhook.web.rsgi.environ import announced, environ_of


class Scope:
    """What granian tells of a request."""

    def __init__(self, *headers: tuple[str, str], **more: Any) -> None:
        self.http_version = "1.1"
        self.server = "127.0.0.1:8790"
        self.client = "192.0.2.1:4711"
        self.scheme = "http"
        self.method = "GET"
        self.path = "/jobs"
        self.query_string = ""
        self.authority: str | None = None
        self.headers = Headers(headers)
        self.__dict__ |= more


class Headers:
    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self._pairs = list(pairs)

    def items(self) -> list[tuple[str, str]]:
        return self._pairs


def test_a_request_becomes_an_environ() -> None:
    environ = environ_of(
        Scope(("host", "books:1"), ("content-type", "a/b"), ("content-length", "3"), ("x-a", "b"))
    )
    wanted = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/jobs",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8790",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "HTTP_HOST": "books:1",
        "CONTENT_TYPE": "a/b",
        "CONTENT_LENGTH": "3",
        "HTTP_X_A": "b",
        "wsgi.url_scheme": "http",
    }
    assert wanted.items() <= environ.items()
    assert "HTTP_CONTENT_TYPE" not in environ


def test_nothing_of_the_process_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELFHOOK_WEB__TOKEN", "secret")
    assert "SHELFHOOK_WEB__TOKEN" not in environ_of(Scope())


def test_headers_that_come_several_times_are_joined() -> None:
    headers = [("x-forwarded-for", "a"), ("x-forwarded-for", "b"), ("cookie", "a=1")]
    environ = environ_of(Scope(*headers, ("cookie", "b=2")))
    assert environ["HTTP_X_FORWARDED_FOR"] == "a,b"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_a_header_with_an_underscore_is_nobody_s() -> None:
    environ = environ_of(Scope(("x_forwarded_for", "evil"), ("remote_user", "admin")))
    assert not [name for name in environ if "FORWARDED" in name or "USER" in name]


@pytest.mark.parametrize(
    ("client", "address"), [("[::1]:4711", "::1"), ("192.0.2.1:1", "192.0.2.1")]
)
def test_addresses_of_both_families(client: str, address: str) -> None:
    assert environ_of(Scope(client=client))["REMOTE_ADDR"] == address


def test_a_path_is_bytes_as_latin_1() -> None:
    assert environ_of(Scope(path="/é"))["PATH_INFO"] == "/é".encode().decode("latin-1")


def test_the_authority_stands_in_for_a_missing_host() -> None:
    assert environ_of(Scope(authority="books:1"))["HTTP_HOST"] == "books:1"


@pytest.mark.parametrize(
    ("environ", "length"),
    [
        ({}, 0),
        ({"CONTENT_LENGTH": "12"}, 12),
        ({"CONTENT_LENGTH": "x"}, None),
        ({"CONTENT_LENGTH": "9" * 30}, None),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, None),
    ],
)
def test_how_long_a_body_will_be(environ: dict[str, str], length: int | None) -> None:
    assert announced(environ) == length

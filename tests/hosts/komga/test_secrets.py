"""Promise 13: our key, password and session never reach an error, a log line or a repr."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses

from shelfhook.errors import ShelfhookError
from shelfhook.hosts.komga import KomgaHost
from tests.hosts.komga import build
from tests.hosts.servers import Connection, TinyServer

SECRETS = ("k3y-0f-the-admin", "hunter2", "YUBiLmM6aHVudGVyMg==", "s3ss10n")
LOGINS = [{"api_key": SECRETS[0]}, {"username": "a@b.c", "password": SECRETS[1]}]
ECHO = f"you sent {' '.join(SECRETS)}"
SESSION = {"Set-Cookie": f"KOMGA-SESSION={SECRETS[3]}"}
ASKS: list[Callable[[KomgaHost], object]] = [
    lambda host: host.whoami(),
    lambda host: host.libraries(),
    lambda host: list(host.pages("L", size=10)),
    lambda host: host.item("0BWZ"),
    lambda host: host.write("book", "0BWZ", {"title": "x"}),
    lambda host: host.command("book", "0BWZ", "analyze"),
]
TROUBLES: list[dict[str, Any]] = [
    {"json": {"message": ECHO}, "status": 302},
    {"json": {"message": ECHO}, "status": 401},
    {"json": {"message": ECHO}, "status": 404},
    {"json": {"message": ECHO}, "status": 429},
    {"json": {"message": ECHO}, "status": 500},
    {"json": {"violations": [{"fieldName": "x", "message": ECHO}]}, "status": 400},
    {"body": f"<html>{ECHO}</html>"},
    {"body": requests.ConnectionError("reset")},
    {"body": requests.ReadTimeout("slow")},
]


def everything_told(error: BaseException) -> Iterator[str]:
    one: BaseException | None = error
    while one is not None:
        yield from (str(one), repr(one))
        one = one.__cause__ or one.__context__


@pytest.mark.parametrize("login", LOGINS, ids=["key", "password"])
@pytest.mark.parametrize(
    "trouble", TROUBLES, ids=lambda one: str(one.get("status", one.get("body")))
)
def test_no_secret_appears_in_an_error_a_log_line_or_a_repr(
    login: dict[str, str], trouble: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mine = [SECRETS[0], SECRETS[3]] if "api_key" in login else list(SECRETS[1:])
    host = build.host(**login)
    with responses.RequestsMock() as mock:
        mock.get(re.compile(".*"), json={"email": "a@b.c"}, headers=SESSION)
        host.whoami()
    told = [repr(host), repr(vars(host)), repr(host._client._dialect)]
    for ask in ASKS:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            for method in ("GET", "POST", "PATCH"):
                mock.add(method, re.compile(".*"), **trouble)
            with pytest.raises(ShelfhookError) as caught:
                ask(host)
        told += everything_told(caught.value)
    host.close()
    told.append(caplog.text)
    found = [text for text in told for secret in mine if secret in text]
    assert [text.replace(ECHO, "ECHO") for text in found] == []


@pytest.mark.parametrize("login", LOGINS, ids=["key", "password"])
def test_no_secret_appears_when_the_connection_itself_fails(
    login: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def hang_up(connection: Connection) -> None:
        connection.request()

    with TinyServer(hang_up) as server:
        host = build.host(url=server.url, **login)
        with pytest.raises(ShelfhookError) as caught:
            host.whoami()
        host.close()
    told = [*everything_told(caught.value), caplog.text]
    assert [text for text in told for secret in SECRETS if secret in text] == []

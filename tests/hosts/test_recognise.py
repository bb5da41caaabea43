"""A kind is told by what a server answers to anybody."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import HostDown, Transient
from shelfhook.hosts import recognise as module
from shelfhook.hosts.kinds import KINDS, Login, kind_of
from shelfhook.hosts.recognise import recognise
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.hosts import kinds as k
from tests.hosts.servers import Connection, TinyServer


def found(url: str) -> tuple[str, str, str] | None:
    one = recognise(url, SystemClock())
    return None if one is None else (one.kind.names[0], one.url, one.version)


SERVERS = [
    ("komga", k.KOMGA, ""),
    ("komga", k.OLD_KOMGA, ""),
    ("calibre", k.CALIBRE, "6.13.0"),
    ("calibre", k.CALIBRE_BEHIND_NGINX, ""),
    ("kavita", k.KAVITA, ""),
    ("lanraragi", k.LANRARAGI, "0.9.0"),
]


@pytest.mark.parametrize(("kind", "pages", "version"), SERVERS)
@pytest.mark.parametrize("other", [k.NOT_FOUND, k.WEB_PAGE, k.SIGN_IN])
def test_a_kind_is_told_from_the_url_alone(
    kind: str, pages: Mapping[str, k.Page], version: str, other: k.Page
) -> None:
    with TinyServer(k.serving(pages, other=other)) as server:
        assert found(server.url) == (kind, server.url, version)


@pytest.mark.parametrize(
    ("base", "given"),
    [
        ("", "/"),
        ("", "/libraries/0BWZ/series"),
        ("/komga", "/komga"),
        ("/komga", "/komga/libraries?x=1"),
        ("/komga", ""),  # a path that servers like to have
        ("/read/my/comics", "/read/my/comics/book/1"),
    ],
)
def test_the_base_path_is_found_too(base: str, given: str) -> None:
    with TinyServer(k.serving(k.KOMGA, base, k.WEB_PAGE)) as server:
        assert found(server.url + given) == ("komga", server.url + base, "")


def test_a_redirect_of_the_front_page_shows_the_way() -> None:
    pages = dict(k.KAVITA)

    def serve(connection: Connection) -> None:
        inner = k.serving(pages, "/odd/place", ("302 Found", "Location: /odd/place/login\r\n", ""))
        inner(connection)

    with TinyServer(serve) as server:
        assert found(server.url) == ("kavita", f"{server.url}/odd/place", "")


@pytest.mark.parametrize(
    "target",
    [
        "http://[",
        "//[x",
        "http://127.0.0.1:abc/x",
        "http://127.0.0.1:0/x",
        "http://127.0.0.1:99999/x",
        "ftp://127.0.0.1/x",
        "file://127.0.0.1/etc/passwd",
        "http://somebody:secret@127.0.0.1/x",
        "/" + "a/" * 20_000,
    ],
)
def test_a_redirect_to_what_is_no_place_leads_nowhere(target: str) -> None:
    with TinyServer(k.serving({}, other=("302 Found", f"Location: {target}\r\n", ""))) as server:
        assert found(server.url) is None


@pytest.mark.parametrize("other", [k.NOT_FOUND, k.WEB_PAGE, k.SIGN_IN, ("200 OK", "", "[" * 5000)])
def test_what_we_do_not_know_is_nothing(other: k.Page) -> None:
    with TinyServer(k.serving({}, other=other)) as server:
        assert found(server.url) is None


def test_a_health_page_alone_is_not_yet_a_kavita_nor_a_komga() -> None:
    health = "/actuator/health"
    pages = {"/api/Health": k.KAVITA["/api/Health"], health: k.KOMGA[health]}
    with TinyServer(k.serving(pages)) as server:
        assert found(server.url) is None


def test_a_redirect_to_another_machine_is_not_followed() -> None:
    away = ("302 Found", "Location: http://elsewhere.invalid/login\r\n", "")
    with TinyServer(k.serving({}, other=away)) as server:
        assert found(server.url) is None


def test_nothing_there_is_said_at_once() -> None:
    with TinyServer(k.serving({})) as server:
        url = server.url
    with pytest.raises(HostDown, match="accepts no connection"):
        found(url)


def test_a_server_that_hangs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)

    def hang(connection: Connection) -> None:
        connection.request()
        connection.stop.wait(5)

    with TinyServer(hang) as server, pytest.raises(Transient, match="no "):
        found(server.url)


def test_the_sandbox_passes_for_a_komga() -> None:
    with SandboxServer(Options(books=1)) as server:
        assert found(server.url) == ("komga", server.url, "")


def test_every_kind_tells_how_to_get_in() -> None:
    for kind in KINDS:
        assert kind.how.endswith(".")
        assert kind.base.startswith("/")
        assert all(kind_of(name) is kind for name in kind.names)
    assert kind_of("nonesuch") is None
    assert {kind.names[0] for kind in KINDS if kind.login is Login.PASSWORD} == {"calibre"}

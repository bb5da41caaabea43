from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shelfhook.clock import SystemClock
from shelfhook.store import Store
from shelfhook.web.proxies import Proxies
from tests.support.reverse_proxy import reverse_proxy
from tests.web import desk, serving
from tests.web.serving import Served

TRUSTED = ("127.0.0.1", "10.0.0.0/8", "fd00::/8")


def adjusted(
    headers: dict[str, str], *, peer: str = "127.0.0.1", path: str = "/jobs", base: str = ""
) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
    }
    environ |= {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
    Proxies(base, TRUSTED).adjust(environ)
    return environ


@pytest.mark.parametrize(
    ("listed", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),  # what stands before it anybody can say
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("203.0.113.9, nonsense", "127.0.0.1"),
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_client_is_the_last_address_that_is_none_of_ours(listed: str, client: str) -> None:
    assert adjusted({"for": listed})["REMOTE_ADDR"] == client


@pytest.mark.parametrize("peer", ["192.168.1.5", "", "nonsense", "2001:db8::2"])
def test_what_others_say_is_taken_away(peer: str) -> None:
    said = {"for": "1.2.3.4", "proto": "https", "prefix": "/evil"}
    environ = adjusted(said, peer=peer)
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == (peer, "http")
    assert environ["SCRIPT_NAME"] == ""
    assert not [name for name in environ if "FORWARDED" in name]


@pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1", "10.9.9.9", "fd00::7"])
def test_networks_and_both_families_can_be_trusted(peer: str) -> None:
    assert adjusted({"proto": "https"}, peer=peer)["wsgi.url_scheme"] == "https"


@pytest.mark.parametrize(
    ("said", "scheme"),
    [("https", "https"), ("HTTPS", "https"), ("http, https", "https"), ("gopher", "http")],
)
def test_the_scheme_is_what_the_last_proxy_says(said: str, scheme: str) -> None:
    assert adjusted({"proto": said})["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(
    ("base", "prefix", "path", "mounted", "rest"),
    [
        ("/shelf", "", "/shelf/jobs", "/shelf", "/jobs"),
        ("/shelf", "", "/jobs", "/shelf", "/jobs"),  # the proxy has cut it off
        ("/shelf", "", "/shelf", "/shelf", "/"),
        ("/shelf", "", "/shelfish", "/shelf", "/shelfish"),
        ("/a/b", "", "/a/b/jobs", "/a/b", "/jobs"),
        ("", "/shelf", "/jobs", "/shelf", "/jobs"),
        ("", "/shelf/", "/shelf/jobs", "/shelf", "/jobs"),
        ("/base", "/shelf", "/jobs", "/base", "/jobs"),  # the settings' word is the last
        ("", "//evil.example", "/jobs", "", "/jobs"),
        ("", "/x y", "/jobs", "", "/jobs"),
        ("", "/..", "/jobs", "", "/jobs"),
        ("", "/api", "/jobs", "", "/jobs"),
        ("", "", "/jobs", "", "/jobs"),
    ],
)
def test_the_path_is_cut_off_where_we_are_mounted(
    base: str, prefix: str, path: str, mounted: str, rest: str
) -> None:
    environ = adjusted({"prefix": prefix}, base=base, path=path)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (mounted, rest)


def test_an_environ_is_adjusted_once() -> None:
    environ = adjusted({}, base="/x", path="/x/x/jobs")
    Proxies("/x", TRUSTED).adjust(environ)
    assert environ["PATH_INFO"] == "/x/jobs"


# -- with a real proxy --


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    return Path(shutil.copytree(empty_database, tmp_path_factory.mktemp("proxied") / "data"))


@pytest.fixture(scope="module")
def mounted(folder: Path) -> Iterator[Served]:
    with serving.server(folder, base_path="/shelf", trusted_proxies=["127.0.0.1"]) as running:
        yield running


@pytest.fixture(scope="module")
def told(folder: Path) -> Iterator[Served]:
    """A server that knows no path of its own, and is told by the proxy."""
    with serving.server(folder, trusted_proxies=["127.0.0.1"]) as running:
        yield running


@pytest.fixture(params=["whole path", "cut off", "by header"])
def proxy(request: pytest.FixtureRequest, mounted: Served, told: Served) -> Iterator[int]:
    """Port of a proxy that shows the server under /shelf."""
    by_header = request.param == "by header"
    cut = "" if request.param == "whole path" else "/shelf"
    behind = told if by_header else mounted
    with reverse_proxy(behind.port, cut=cut, tells_prefix=by_header) as port:
        yield port


def call(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, headers)
    return connection.getresponse()


def test_the_api_answers_behind_a_proxy(proxy: int) -> None:
    answer = call(proxy, "GET", "/shelf/api/jobs", desk.API)
    assert (answer.status, json.loads(answer.read()).keys()) == (200, {"jobs", "next"})


def test_deliveries_come_through_a_proxy(proxy: int) -> None:
    body = json.dumps(desk.SCAN).encode()
    headers = desk.HOOK | {"Content-Type": "application/json"}
    assert call(proxy, "POST", "/shelf/hooks/komga", headers, body).status == 202


def test_errors_behind_a_proxy_are_problems(proxy: int) -> None:
    answer = call(proxy, "GET", "/shelf/api/v1/live?topics=jobs", {})
    assert (answer.status, answer.getheader("Content-Type")) == (401, "application/problem+json")


def test_streams_come_through_a_proxy_as_they_happen(
    proxy: int, folder: Path, request: pytest.FixtureRequest
) -> None:
    with Store(desk.folder_database(folder)) as store:
        job = desk.run(store, SystemClock(), library=request.node.name)
        answer = call(proxy, "GET", f"/shelf/api/v1/live?job={job.id}", desk.API)
        data = b""
        while b"event: job" not in data:
            data += answer.read1(4096)
        store.jobs.mark(job.num, limit=77)
        while b'"limit":77' not in data:
            data += answer.read1(4096)
        answer.close()

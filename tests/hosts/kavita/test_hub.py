"""The stream from a real hub over a real WebSocket."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import HostDown, Permanent, Refused, ShelfhookError, Transient
from shelfhook.hosts.kavita import KavitaHost
from shelfhook.hosts.kavita.hub import Hub
from shelfhook.ports import HostOptions, Sign, Tiding
from tests.hosts.kavita.conftest import a_host
from tests.hosts.servers import Connection, TinyServer
from tests.support.kavita import NEW, KavitaServer, World, api
from tests.support.kavita.world import ADMIN_KEY, READER_KEY
from tests.support.waiting import Background, wait_until

SOON = 10.0
WAY = b'{"transport":"WebSockets"}'


class Listening:
    """Reads a host's stream in a thread."""

    def __init__(self, host: KavitaHost) -> None:
        self.heard: list[Tiding] = []
        self._host = host
        self._thread = Background(self._listen, "listening")

    def _listen(self) -> None:
        for tiding in self._host.tidings():
            self.heard.append(tiding)

    def wait_for(self, tiding: Tiding) -> None:
        wait_until(lambda: tiding in self.heard, SOON, f"{tiding} in {self.heard}")

    def ends_with(self, error: type[ShelfhookError], said: str) -> None:
        with pytest.raises(error, match=said):
            self._thread.result(SOON)

    def ends(self) -> None:
        self._thread.result(SOON)


@contextmanager
def listening(server: KavitaServer, **options: object) -> Iterator[tuple[KavitaHost, Listening]]:
    host = a_host(server, **options)
    heard = Listening(host)
    try:
        server.hub.wait_for(1)
        yield host, heard
    finally:
        host.close()


def impatient(host: KavitaHost, every: float, silence: float) -> KavitaHost:
    """The same with a hub that loses patience early."""
    host._hub = Hub(host._hub._options, host._talk, SystemClock(), every=every, silence=silence)
    return host


def test_a_scan_is_told_from_its_beginning_to_its_end(old: KavitaServer) -> None:
    with listening(old) as (_, heard):
        old.world.scan_library(1)
        heard.wait_for(Tiding(Sign.SCANNED, "1"))
        signs = [one.sign for one in heard.heard]
        assert signs == [Sign.LISTENING, Sign.BUSY, Sign.BUSY, Sign.SCANNED]


def test_the_credentials_go_in_headers_alone(old: KavitaServer, new: KavitaServer) -> None:
    for server, name in ((old, "Authorization"), (new, "x-api-key")):
        with listening(server):
            path = [path for method, path in server.requests if path == "/hubs/messages"]
            assert path == ["/hubs/messages"]
            assert server.seen_headers[-1][name]


def test_who_is_no_administrator_is_told_what_he_misses(old: KavitaServer) -> None:
    with listening(old, api_key=READER_KEY) as (_, heard):
        old.world.scan_library(1)
        old.world.remove_series(1)
        heard.wait_for(Tiding(Sign.REMOVED, "1"))
        assert heard.heard[0].sign is Sign.LISTENING
        assert "not an administrator" in heard.heard[0].item
        assert Sign.SCANNED not in [one.sign for one in heard.heard]


def test_a_scan_of_a_series_is_told_unless_it_is_ours(old: KavitaServer) -> None:
    with listening(old) as (host, heard):
        host.command("book", "1", "refresh")
        old.world.tell("SeriesAdded", {"seriesId": 1, "seriesName": "x", "libraryId": 1})
        heard.wait_for(Tiding(Sign.ADDED, "1"))
        assert Tiding(Sign.CHANGED, "1") not in heard.heard
        old.world.scan_series(1)
        heard.wait_for(Tiding(Sign.CHANGED, "1"))


def test_a_library_that_is_new_or_has_a_twin(old: KavitaServer) -> None:
    with listening(old) as (_, heard):
        old.world.scan_library(old.world.add_library("Later"))
        heard.wait_for(Tiding(Sign.SCANNED, "2"))
        for _ in range(2):
            twin = old.world.add_library("Twins")
        old.world.scan_library(twin)
        heard.wait_for(Tiding(Sign.SCANNED, ""))


def test_odd_messages_are_counted_and_harm_nobody(old: KavitaServer) -> None:
    with listening(old) as (_, heard):
        (hub,) = old.hub.listeners
        for odd in ("", "\x1e\x1e", "{", "[]\x1e", '{"type":1}', b"\xff\xfe\x1e"):
            hub.send(odd)
        old.world.scan_library(1)
        heard.wait_for(Tiding(Sign.SCANNED, "1"))
        assert sum(one.sign is Sign.UNKNOWN for one in heard.heard) == 4


def test_close_ends_it_at_once(old: KavitaServer) -> None:
    with listening(old) as (host, heard):
        heard.wait_for(Tiding(Sign.LISTENING))
        host.close()
        heard.ends_with(HostDown, "has closed its connections")
        old.hub.wait_for(0)
    with pytest.raises(HostDown):
        next(host.tidings())


def test_who_stops_reading_hangs_up(old: KavitaServer, host: KavitaHost) -> None:
    stream = host.tidings()
    assert next(stream).sign is Sign.LISTENING
    stream.close()  # type: ignore[attr-defined] # a generator
    old.hub.wait_for(0)


def test_a_hub_that_takes_its_leave_ends_the_stream(old: KavitaServer) -> None:
    with listening(old) as (_, heard):
        old.hub.listeners[0].leave()
        heard.ends()
    with listening(old) as (_, heard):
        old.hub.listeners[0].leave("it is late")
        heard.ends_with(Transient, "it is late")


def test_a_hub_that_hangs_up_is_a_break(old: KavitaServer) -> None:
    with listening(old) as (_, heard):
        old.hub.listeners[0].hang_up()
        heard.ends_with(Transient, "the connection broke")


def test_a_frame_that_is_too_large_is_a_break(old: KavitaServer) -> None:
    with listening(old) as (_, heard):
        old.hub.listeners[0].send("x" * (1024 * 1024 + 1))
        heard.ends_with(Transient, "the connection broke")


def test_we_ping_so_that_the_hub_keeps_us_and_give_up_a_silent_one(old: KavitaServer) -> None:
    host = impatient(a_host(old), every=0.02, silence=0.2)
    heard = Listening(host)
    (hub,) = old.hub.wait_for(1)
    for _ in range(3):
        assert hub.pinged.acquire(timeout=SOON)
    heard.ends_with(Transient, "silent for")
    host.close()


def test_a_hub_that_pings_is_not_silent(old: KavitaServer) -> None:
    host = impatient(a_host(old), every=0.02, silence=1.0)
    heard = Listening(host)
    (hub,) = old.hub.wait_for(1)
    for _ in range(80):  # longer in all than the silence that it may keep
        assert hub.pinged.acquire(timeout=SOON)
        hub.say({"type": 6})
    old.world.scan_library(1)
    heard.wait_for(Tiding(Sign.SCANNED, "1"))
    host.close()


def test_a_handshake_that_is_refused_says_why(old: KavitaServer, host: KavitaHost) -> None:
    old.hub.refuse = "no such protocol"
    with pytest.raises(Transient, match=r"refused the handshake.*no such protocol"):
        next(host.tidings())


def test_a_wrong_key_may_not_listen(new: KavitaServer) -> None:
    host = a_host(new, api_key="wr0ng")
    with pytest.raises(Refused):
        next(host.tidings())
    host.close()


def test_a_proxy_without_websockets_is_told(
    old: KavitaServer, host: KavitaHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TRANSPORTS", ("LongPolling",))
    with pytest.raises(Permanent, match="offers no WebSocket"):
        next(host.tidings())


def test_it_listens_under_a_base_path() -> None:
    world = World(NEW)
    world.add_library("Comics")
    with KavitaServer(world, "/kavita") as server, listening(server) as (_, heard):
        world.scan_library(1)
        heard.wait_for(Tiding(Sign.SCANNED, "1"))


def test_no_redirect_gets_our_key() -> None:
    seen: list[bytes] = []

    def elsewhere(connection: Connection) -> None:
        seen.append(connection.request())

    with TinyServer(elsewhere) as foreign:

        def serve(connection: Connection) -> None:
            while request := connection.request():
                if request.startswith(b"POST /hubs"):
                    offer = b'{"connectionToken":"t","availableTransports":[%b]}' % WAY
                    connection.answer(offer, headers="Content-Type: application/json\r\n")
                elif b"Upgrade" in request:
                    there = foreign.url.replace("http", "ws")
                    connection.answer(b"", status="302 Found", headers=f"Location: {there}/\r\n")
                else:
                    connection.answer(b'{"username":"a","kavitaVersion":"1"}')

        with TinyServer(serve) as server:
            host = a_host(server)  # type: ignore[arg-type] # it has a url
            with pytest.raises(Transient, match="redirects are not followed"):
                next(host.tidings())
            host.close()
    assert seen == []


def test_nothing_of_us_is_logged(old: KavitaServer, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "urllib3", "urllib3.connectionpool", "websockets", "websockets.client"):
        caplog.set_level("DEBUG", name)  # whatever a test before has made of them
    with listening(old) as (_, heard):
        heard.wait_for(Tiding(Sign.LISTENING))
    theirs = "websockets.server"  # the fake's own
    said = " ".join(one.getMessage() for one in caplog.records if one.name != theirs)
    assert "negotiate" in said
    assert ADMIN_KEY not in said
    assert "Bearer" not in said


def test_a_stream_leaves_no_thread(old: KavitaServer) -> None:
    before = set(threading.enumerate())
    with listening(old) as (_, heard):
        heard.wait_for(Tiding(Sign.LISTENING))
    with pytest.raises(HostDown):
        heard.ends()
    old.hub.wait_for(0)
    ours = {one for one in set(threading.enumerate()) - before if "process_request" not in one.name}
    assert ours == set()


@pytest.mark.parametrize("verify", [True, False])
def test_tls_is_checked_as_the_settings_say(verify: bool) -> None:
    from shelfhook.hosts.kavita.hub import _tls

    context = _tls(verify)
    assert context.check_hostname is verify
    assert (context.verify_mode is ssl.CERT_REQUIRED) is verify


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate that it signed itself, for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed; it makes the certificate")
    made, key = tmp_path / "host.crt", tmp_path / "host.key"
    wish = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(made)]
    command = [openssl, *wish.split(), *names, *files]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    made.write_text(made.read_text() + key.read_text())
    return made


def test_it_listens_over_tls_with_an_own_authority(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    world = World(NEW)
    world.add_library("Comics")
    with KavitaServer(world, tls=context) as server:
        with listening(server, verify=str(certificate)) as (host, heard):
            world.scan_library(1)
            heard.wait_for(Tiding(Sign.SCANNED, "1"))
            host.close()
            heard.ends_with(HostDown, "has closed its connections")
        distrustful = a_host(server)
        with pytest.raises(Permanent, match="not trusted"), distrustful._hub.listening():
            pass
        distrustful.close()


def test_options_are_not_shown() -> None:
    options = HostOptions("mine", "kavita", "http://k.test", api_key=ADMIN_KEY)
    assert ADMIN_KEY not in repr(options)


def test_of_a_chapter_that_changed_its_library_is_told_though_the_hub_does_not(
    old: KavitaServer,
) -> None:
    """Or a routine for that library alone would never hear of it."""
    with listening(old) as (_, heard):
        for _ in range(2):
            old.world.tell("ChapterUpdated", {"chapterId": 2, "seriesId": 1})
        old.world.tell("CoverUpdate", {"id": 1, "entityType": "chapter"})
        old.world.tell("ChapterUpdated", {"chapterId": 99, "seriesId": 1})
        heard.wait_for(Tiding(Sign.CHANGED, "", "99"))
        assert heard.heard[1:] == [
            *[Tiding(Sign.CHANGED, "1", "2")] * 2,
            Tiding(Sign.CHANGED, "1", "1"),
            Tiding(Sign.CHANGED, "", "99"),
        ]
        asked = [path for _, path, _ in old.sent if "series-for-chapter" in path]
        assert len(asked) == 3, "each chapter once"

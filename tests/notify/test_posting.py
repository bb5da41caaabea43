"""One POST over a real socket, and everything that a receiver or a name may do to it."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest

from shelfhook.clock import SystemClock
from shelfhook.notify import Answer, Poster, Verdict, verdict
from shelfhook.notify.posting import resolve
from shelfhook.notify.verdict import asked_pause, note
from shelfhook.rules.callbacks import Address, entry, target
from tests.support.receiver import Receiver

HERE = ipaddress.ip_address("127.0.0.1")
METADATA = ipaddress.ip_address("169.254.169.254")


def poster(
    *allow: str, leads: Callable[[], Sequence[Address]] = lambda: [HERE], deadline: float = 5.0
) -> Poster:
    entries = [entry(one) for one in allow or ("127.0.0.1", "hooks.lan")]
    return Poster(entries, SystemClock(), resolve=lambda *_: leads(), deadline=deadline)


@contextmanager
def talker(talk: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that says what a test wants to whoever connects, once."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # the other side may have left
                talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(20)


def test_a_body_arrives_with_its_headers_and_the_name_that_was_meant() -> None:
    with Receiver() as receiver:
        wanted = target(f"http://hooks.lan:{receiver.port}/a/b?c=d")
        answer = poster().post(wanted, {"webhook-id": "msg_1"}, b'{"a":1}')
        (got,) = receiver.got
    assert answer == Answer(204)
    assert (got.path, got.body, got.headers["webhook-id"]) == ("/a/b?c=d", b'{"a":1}', "msg_1")
    assert got.headers["host"] == f"hooks.lan:{receiver.port}"
    assert got.headers["content-type"] == "application/json"


def test_a_name_that_leads_elsewhere_meanwhile_is_looked_up_once_and_not_followed() -> None:
    answers = [[HERE], [METADATA]]
    with Receiver() as receiver:
        one = poster(leads=lambda: answers.pop(0))
        wanted = target(f"http://hooks.lan:{receiver.port}/")
        assert one.post(wanted, {}, b"").status == 204
        refused = one.post(wanted, {}, b"")
    assert refused.refused
    assert "169.254.169.254" in refused.fault
    assert verdict(refused) is Verdict.AGAIN


def test_a_name_with_one_forbidden_address_is_refused_as_a_whole() -> None:
    with Receiver() as receiver:
        one = poster(leads=lambda: [HERE, METADATA])
        assert one.post(target(f"http://hooks.lan:{receiver.port}/"), {}, b"").refused
        assert receiver.got == []


def test_a_name_of_this_machine_that_is_not_named_as_such_is_refused() -> None:
    with Receiver() as receiver:
        one = poster("hooks.lan")
        assert one.post(target(f"http://hooks.lan:{receiver.port}/"), {}, b"").refused
        assert receiver.got == []


def test_redirects_are_not_followed() -> None:
    with Receiver() as inner, Receiver([307], headers={"Location": inner.url}) as receiver:
        answer = poster().post(target(receiver.url), {}, b"x")
        assert inner.got == []
    assert answer.status == 307
    assert verdict(answer) is Verdict.AGAIN
    assert "redirects are not followed" in note(answer)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Receiver() as receiver:
        assert poster().post(target(receiver.url), {}, b"").status == 204


def test_a_name_without_an_address_is_said() -> None:
    def nowhere() -> Sequence[Address]:
        raise socket.gaierror("no such name")

    answer = poster(leads=nowhere).post(target("http://hooks.lan/"), {}, b"")
    assert "no address" in answer.fault
    assert verdict(answer) is Verdict.RESTS


def test_the_second_address_is_tried_where_the_first_does_not_answer() -> None:
    with Receiver() as receiver:
        one = poster(
            "127.0.0.0/8", "hooks.lan", leads=lambda: [ipaddress.ip_address("127.9.9.9"), HERE]
        )
        assert one.post(target(f"http://hooks.lan:{receiver.port}/"), {}, b"").status == 204


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    answer = poster().post(target(f"http://127.0.0.1:{port}/"), {}, b"")
    assert "refused" in answer.fault
    assert verdict(answer) is Verdict.RESTS


def test_one_who_never_answers_is_left_after_the_deadline() -> None:
    over = threading.Event()
    with talker(lambda _: over.wait(20)) as port:
        answer = poster(deadline=0.2).post(target(f"http://127.0.0.1:{port}/"), {}, b"")
        over.set()
    assert answer.fault == "no answer within 0.2 s"


def test_one_who_drips_is_left_after_the_deadline() -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not over.wait(0.02):
            connection.sendall(b"y")

    with talker(drip) as port:
        answer = poster(deadline=0.3).post(target(f"http://127.0.0.1:{port}/"), {}, b"")
        over.set()
    assert answer.fault == "no answer within 0.3 s"


TALK = [
    (b"HTTP/1.1 200 OK\r\n\r\n", 200, ""),
    (b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 202 OK\r\n\r\n", 202, ""),
    (b"HTTP/1.1 200 OK\r\n", 0, "hung up"),
    (b"", 0, "hung up"),
    (b"SSH-2.0-OpenSSH\r\n\r\n", 0, "does not speak HTTP"),
    (b"HTTP/1.1 2x0 OK\r\n\r\n", 0, "does not speak HTTP"),
    (b"HTTP/1.1 100 Go on\r\n\r\n" * 9, 0, "again and again"),
    (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 99_999, 0, "too long"),
]


@pytest.mark.parametrize(("said", "status", "fault"), TALK)
def test_what_a_receiver_may_say(said: bytes, status: int, fault: str) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65_536)

    with talker(talk) as port:
        answer = poster().post(target(f"http://127.0.0.1:{port}/"), {}, b"")
    assert answer.status == status
    assert fault in answer.fault


def test_one_who_speaks_no_tls_is_said_and_leaks_no_socket() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")

    with talker(talk) as port:
        answer = poster().post(target(f"https://127.0.0.1:{port}/"), {}, b"")
    assert answer.status == 0
    assert "no answer" in answer.fault


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, Verdict.TAKEN),
        (204, Verdict.TAKEN),
        (302, Verdict.AGAIN),
        (400, Verdict.AGAIN),
        (410, Verdict.GONE),
        (429, Verdict.RESTS),
        (500, Verdict.AGAIN),
        (503, Verdict.RESTS),
        (0, Verdict.RESTS),
    ],
)
def test_what_a_status_means(status: int, said: Verdict) -> None:
    assert verdict(Answer(status)) is said


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("soon", None),
        ("120", 120.0),
        ("-5", None),
        ("999999999", 21_600.0),
        ("Tue, 14 Nov 2023 22:15:20 GMT", 120.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
    ],
)
def test_how_long_a_receiver_wants_to_be_left_alone(header: str, seconds: float | None) -> None:
    assert asked_pause(Answer(503, header), 1_700_000_000.0) == seconds


def test_the_machines_resolver_knows_this_machine() -> None:
    assert all(one.is_loopback for one in resolve("localhost", 80))

"""The HTTP server below it all."""

import socket
import threading

import requests

from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer


def _raw(server: SandboxServer, request: bytes) -> bytes:
    port = int(server.root.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def test_a_connection_is_kept_for_further_requests(small: SandboxServer) -> None:
    health = b"GET /actuator/health HTTP/1.1\r\nHost: x\r\n"
    answer = _raw(small, health + b"\r\n" + health + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_what_is_no_http_is_refused(small: SandboxServer) -> None:
    assert _raw(small, b"hello\r\n\r\n").startswith(b"HTTP/1.1 400")
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert _raw(small, chunked).startswith(b"HTTP/1.1 400")


def test_a_wrong_method_and_a_wrong_body_are_told_apart(
    small: SandboxServer, session: requests.Session
) -> None:
    session.headers["X-API-Key"] = small.admin_key
    assert session.put(f"{small.url}/api/v2/users/me").status_code == 405
    broken = session.post(f"{small.url}/api/v1/books/list", data=b"{")
    assert (broken.status_code, broken.json()["status"]) == (400, 400)
    assert session.post(f"{small.url}/api/v1/books/list", json=[1]).status_code == 400


def test_null_fields_are_sent_on_request(session: requests.Session) -> None:
    with SandboxServer(Options(books=3, send_nulls=True)) as server:
        assert server.books()[0]["readProgress"] is None
        assert server.books()[0]["metadata"]["releaseDate"] is None


def test_a_stopped_server_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with SandboxServer(Options(books=3)) as server, requests.Session() as session:
        session.get(f"{server.url}/actuator/health")
        assert set(threading.enumerate()) != before
    assert set(threading.enumerate()) <= before

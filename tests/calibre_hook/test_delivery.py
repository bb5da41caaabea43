"""How a delivery looks, and who may read what."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from calibre_hook.delivery import NotNow, post, sign, test
from calibre_hook.names import added, item_id, library_id, scanned
from calibre_hook.settings import Settings, WrongSettings, from_environment, resolve
from shelfhook.rules import signatures
from tests.calibre_hook.receiver import Answer, Delivery, Receiver, problem

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = added("lib", 7)

test.__test__ = False  # type: ignore[attr-defined] # pytest would take it for one of its own


def sent(receiver: Receiver, settings: Settings) -> Delivery:
    post(settings, "an-id", [EVENT, scanned("other")])
    (delivery,) = receiver.deliveries
    return delivery


def test_a_token_is_shown_as_bearer(receiver: Receiver) -> None:
    delivery = sent(receiver, Settings(receiver.url + "/", "shelf one", token="secret-token"))
    assert delivery.path == "/hooks/shelf%20one"
    assert delivery.headers["authorization"] == "Bearer secret-token"
    assert delivery.headers["content-type"] == "application/json"
    assert (delivery.id, delivery.events) == ("an-id", [EVENT, scanned("other")])
    assert "webhook-signature" not in delivery.headers


def test_a_signature_is_one_that_shelfhook_accepts_and_the_token_stays_here(
    receiver: Receiver,
) -> None:
    delivery = sent(receiver, Settings(receiver.url, secret=SECRET, token="secret-token"))
    stamp = delivery.headers["webhook-timestamp"]
    fault = signatures.fault(
        signatures.key(SECRET),
        delivery="an-id",
        timestamp=stamp,
        signatures=delivery.headers["webhook-signature"],
        body=delivery.body,
        now=float(stamp),
    )
    assert fault == ""
    assert "authorization" not in delivery.headers


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    signature = sign(
        signatures.key(SECRET),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhooks_whole_url_is_taken_as_it_is(receiver: Receiver) -> None:
    delivery = sent(receiver, Settings(receiver.url + "/base/hooks/books"))
    assert delivery.path == "/base/hooks/books"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": "https://127.0.0.1:9", "ca_file": "/none"}, "CA file /none cannot be used"),
        ({"url": "https://127.0.0.1:9"}, "https://127.0.0.1:9/hooks/calibre cannot be reached"),
        ({"url": ""}, "no URL"),
    ],
)
def test_settings_that_cannot_work_are_told(
    receiver: Receiver, change: dict[str, str], told: str
) -> None:
    with pytest.raises(NotNow, match=told):
        post(Settings(**{"url": receiver.url, **change}), "an-id", [EVENT])
    assert receiver.deliveries == []


def test_somebody_who_does_not_speak_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=_babble, args=(server,))
        answering.start()
        with pytest.raises(NotNow, match="cannot be reached"):
            post(Settings(f"http://127.0.0.1:{server.getsockname()[1]}"), "an-id", [EVENT])
        answering.join()


def _babble(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"SSH-2.0-What\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (problem(400, field="event", detail="unknown event"), ""),
        (problem(400, field="library", detail="is missing"), "HTTP 400: is missing"),
        (problem(401, detail="token missing or wrong"), "refuses the token"),
        (problem(404, detail="unknown host; known: komga"), "known: komga"),
        (lambda _: Answer(200, b"{}"), ""),
        (lambda _: Answer(301, b""), "leads elsewhere"),
    ],
)
def test_a_test_tells_right_from_wrong(
    receiver: Receiver, answer: Callable[[Delivery], Answer], told: str
) -> None:
    receiver.answer = answer
    found = test(Settings(receiver.url))
    assert found == told if not told else told in found
    assert json.loads(receiver.deliveries[0].body) == {"event": "test"}


def test_a_test_of_nobody_is_a_sentence() -> None:
    assert "cannot be reached" in test(Settings("http://127.0.0.1:9"))


# -- settings --


def test_of_two_sources_the_earlier_one_counts_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" from-file\n")
    environment = {"SHELFHOOK_TOKEN_FILE": str(tmp_path / "token"), "SHELFHOOK_URL": ""}
    stored = {"url": "http://stored", "token": "stored"}
    baked = {"url": "http://baked", "host": "baked", "ca_file": "ca.pem"}
    found = resolve(from_environment(environment), stored, baked)
    assert found == Settings("http://stored", "baked", "from-file", ca_file="ca.pem")


def test_without_any_source_there_is_no_url_and_a_host_named_calibre() -> None:
    assert resolve() == Settings("", "calibre")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"url": "shelfhook:8790"}, "the URL is none"),
        ({"url": "http://user:password@[x"}, "the URL is none"),
        ({"url": "http://x:99999"}, "the URL is none"),
        ({"url": "http://shelfhook:password@x:8790"}, "holds a login; leave it out"),
        ({"secret": "whsec_!"}, "the secret is none; give whsec_ and base64"),
        ({"secret": "passwörter"}, "the secret is none"),
        ({"token": "two\nlines"}, "the token holds characters"),
        ({"token_file": "/none"}, "/none cannot be read"),
        ({"secret_file": "/dev/null"}, "/dev/null is empty"),
    ],
)
def test_wrong_settings_are_a_sentence_without_their_secrets(
    source: dict[str, str], told: str
) -> None:
    with pytest.raises(WrongSettings, match=told) as caught:
        resolve(source)
    assert "password" not in str(caught.value)


def test_settings_never_show_their_secrets() -> None:
    assert "hidden" not in repr(Settings("http://x", token="hidden", secret="hidden"))


# -- names --


@pytest.mark.parametrize(
    ("path", "library"),
    [
        ("/books/My Comics", "My_Comics"),
        ("/books/My Comics/", "My_Comics"),
        ("C:\\Users\\me\\Calibre Library", "Calibre_Library"),
        ("lib", "lib"),
        ("/", "_"),
    ],
)
def test_a_library_is_called_what_calibres_server_calls_it(path: str, library: str) -> None:
    assert library_id(path) == library


def test_a_book_belongs_to_its_library() -> None:
    assert item_id("a", 1) != item_id("b", 1)

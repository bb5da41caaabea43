from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from flask.testing import FlaskClient

from shelfhook.rules import signatures
from shelfhook.store import Store
from tests.web import desk
from tests.web.desk import SCAN, SECRET

BODY = json.dumps(SCAN).encode()


def test_the_specifications_example_has_its_signature() -> None:
    # The vector of the specification's reference libraries.
    signature = signatures.sign(
        signatures.key(SECRET),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_signature_is_the_hmac_of_id_time_and_body() -> None:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, b"id.1700000000." + BODY, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    assert signatures.sign(key, "id", "1700000000", BODY) == expected


def test_a_signed_delivery_is_accepted(client: FlaskClient, clock: desk.BusyClock) -> None:
    answer = client.post("/hooks/signed", data=BODY, headers=desk.signed(BODY, clock))
    assert answer.status_code == 202


def test_one_fitting_signature_of_several_is_enough(
    client: FlaskClient, clock: desk.BusyClock
) -> None:
    headers = desk.signed(BODY, clock)
    headers["webhook-signature"] = f"v1,AAAA v1a,xyz {headers['webhook-signature']} v2,BBBB"
    assert client.post("/hooks/signed", data=BODY, headers=headers).status_code == 202


@pytest.mark.parametrize("age", [299, -299])
def test_five_minutes_either_way_are_tolerated(
    client: FlaskClient, clock: desk.BusyClock, age: float
) -> None:
    headers = desk.signed(BODY, clock, age=age)
    assert client.post("/hooks/signed", data=BODY, headers=headers).status_code == 202


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-signature": "nonsense \xff"},
        {"webhook-id": "another"},
        {"webhook-id": ""},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-5"},
        {"webhook-timestamp": "1" * 400},
        {"webhook-timestamp": "1699999000"},
        {"webhook-timestamp": "1700000999"},
        {"webhook-timestamp": "\u0661"},
    ],
)
def test_a_bad_signature_is_401_and_stores_nothing(
    client: FlaskClient, store: Store, clock: desk.BusyClock, wrong: dict[str, str]
) -> None:
    latin = {name: value.encode().decode("latin-1") for name, value in wrong.items()}
    answer = client.post("/hooks/signed", data=BODY, headers=desk.signed(BODY, clock) | latin)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert store.inbox.page() == []


def test_a_changed_body_no_longer_fits(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    headers = desk.signed(BODY, clock)
    answer = client.post("/hooks/signed", data=BODY.replace(b"L1", b"L2"), headers=headers)
    assert answer.status_code == 401
    assert store.inbox.page() == []


def test_a_bad_signature_is_not_healed_by_the_api_token(
    client: FlaskClient, clock: desk.BusyClock
) -> None:
    headers = desk.signed(BODY, clock) | desk.API | {"webhook-signature": "v1,AAAA"}
    assert client.post("/hooks/signed", data=BODY, headers=headers).status_code == 401


@pytest.mark.parametrize("headers", [{}, desk.API, desk.HOOK])
def test_a_host_with_a_secret_refuses_what_is_not_signed(
    client: FlaskClient, store: Store, headers: dict[str, str]
) -> None:
    answer = client.post("/hooks/signed", json=SCAN, headers=headers)
    assert answer.status_code == 401
    assert "signed" in answer.json["detail"]
    assert store.inbox.page() == []

"""What the pages on callbacks and notifications print is true."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from shelfhook.app import letters
from shelfhook.notify import address_faults
from shelfhook.rules import wording
from tests.rules.test_telling import JOB
from tests.settings.support import KOMGA, load_text

DOCS = Path(__file__).parents[2] / "docs"
CALLBACKS = (DOCS / "callbacks.md").read_text(encoding="utf-8")
NOTIFICATIONS = (DOCS / "notifications.md").read_text(encoding="utf-8")
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfc8bKSYPQ="
BODY = b'{"type": "job.finished", "\xc3\xa4": 1}'


def fenced(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.fixture
def genuine() -> Callable[..., bool]:
    """The function that the page prints."""
    [printed] = fenced(CALLBACKS, "python")
    place: dict[str, Any] = {}
    exec(printed, place)  # the page's own code
    found: Callable[..., bool] = place["genuine"]
    return found


def headers(secret: str = SECRET, *, age: int = 0, body: bytes = BODY) -> dict[str, str]:
    """As the specification's own package signs."""
    stamp = int(time.time()) - age
    signed = Webhook(secret).sign("msg_1", datetime.fromtimestamp(stamp, UTC), body.decode())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,bm90aGluZw== {signed}",
    }


def test_the_printed_verifier_takes_what_is_genuine(genuine: Callable[..., bool]) -> None:
    assert genuine(SECRET, headers(), BODY)


@pytest.mark.parametrize(
    ("given", "body"),
    [
        (headers(), b"{}"),
        (headers("whsec_" + "A" * 32), BODY),
        (headers() | {"webhook-id": "msg_2"}, BODY),
    ],
    ids=["another body", "another key", "another id"],
)
def test_and_nothing_else(genuine: Callable[..., bool], given: dict[str, str], body: bytes) -> None:
    assert not genuine(SECRET, given, body)


def test_nor_what_is_old(genuine: Callable[..., bool]) -> None:
    assert not genuine(SECRET, headers(age=3600), BODY)


def test_the_printed_message_has_the_keys_of_a_real_one() -> None:
    [printed] = fenced(CALLBACKS, "json")
    message = letters.callback(JOB, "https://n8n.lan/", "job.finished", 1.0)
    shown, real = json.loads(printed), json.loads(message.body)
    assert shown.keys() == real.keys()
    assert shown["data"].keys() == real["data"].keys()


def test_the_printed_settings_load(tmp_path: Path) -> None:
    for text in [*fenced(CALLBACKS, "toml"), *fenced(NOTIFICATIONS, "toml")]:
        load_text(tmp_path, KOMGA + text)


def test_apprise_understands_every_url_of_the_page() -> None:
    urls = re.findall(r"`(\w+://[^`]+)`", NOTIFICATIONS)
    assert len(urls) >= 8
    assert address_faults(urls) == []


@pytest.mark.parametrize("sample", [wording.SAMPLE_JOB, wording.SAMPLE_DIGEST])
def test_every_variable_of_the_templates_is_named(sample: dict[str, Any]) -> None:
    for name, value in sample.items():
        for key in value if isinstance(value, dict) else ():
            assert f"`{name}.{key}`" in NOTIFICATIONS, (name, key)

"""Secrets never reach a repr, a fault, a traceback or a page (promise 13)."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest

from shelfhook.errors import ConfigurationError
from shelfhook.settings import (
    CallbackSettings,
    HostSettings,
    NotificationSettings,
    PathSettings,
    Settings,
    WebSettings,
    masked,
)
from shelfhook.settings.shape import is_secret
from tests.settings.support import KOMGA, load_text

SECRET = "hunter2hunter2"
SIGNING_KEY = "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg=="
SECRETS = {
    "web": ["token", "metrics_token"],
    "hosts.komga": ["api_key", "password", "proxy", "hook_token", "hook_secret"],
    "paths": ["database"],
    "callbacks": ["secret", "former_secret"],
    "notifications.phone": ["urls"],
}
ALL_SET = f"""
[web]
token = "{SECRET}"
metrics_token = "{SECRET}"
[paths]
database = "postgresql://user:{SECRET}@server/shelfhook"
[hosts.komga]
kind = "komga"
url = "http://komga.local"
username = "me"
password = "{SECRET}"
api_key = "{SECRET}"
proxy = "http://me:{SECRET}@proxy.local"
hook_token = "{SECRET}"
hook_secret = "{SIGNING_KEY}"
[callbacks]
allow = ["n8n.lan"]
secret = "{SIGNING_KEY}"
former_secret = "{SIGNING_KEY}"
[notifications.phone]
urls = ["json://me:{SECRET}@phone.lan"]
[routines.r]
actions = [{{ name = "normalize", api_token = "{SECRET}", deep = {{ password = "{SECRET}" }} }}]
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("tests.settings.support.check_action", lambda name, parameters: [])
    return load_text(tmp_path, ALL_SET)


def test_no_secret_is_in_the_repr_or_in_a_dump(settings: Settings) -> None:
    dump = settings.model_dump_json(include={"web", "paths", "hosts", "callbacks", "notifications"})

    for text in (repr(settings), str(settings), repr(settings.routine("r").actions), dump):
        assert SECRET not in text
        assert SIGNING_KEY not in text


def test_masked_settings_show_that_a_secret_is_set_but_not_which(settings: Settings) -> None:
    shown = masked(settings)

    assert shown["web"]["token"] == "•••"
    assert shown["hosts"]["komga"]["hook_secret"] == "•••"
    assert shown["notifications"]["phone"]["urls"] == ["•••"]
    assert shown["callbacks"]["secret"] == "•••"
    assert shown["routines"]["r"]["actions"] == [
        {"name": "normalize", "api_token": "•••", "deep": {"password": "•••"}}
    ]
    text = json.dumps(shown)
    assert SECRET not in text
    assert SIGNING_KEY not in text


def test_masked_settings_are_plain_values(tmp_path: Path) -> None:
    shown = masked(load_text(tmp_path, KOMGA.replace("[hosts.komga]", "[hosts.token]")))

    assert shown["hosts"]["token"]["url"] == "http://komga.local:25600"
    assert shown["hosts"]["token"]["password"] == ""
    assert shown["paths"]["data"] == str(tmp_path / "shelfhook-data")
    assert shown["routines"]["process-all"]["triggers"]["events"] == ["library.scanned"]


WRONG = {
    "a number for a secret": f'[web]\ntoken = ["{SECRET}"]',
    "a secret with a space": f'[web]\ntoken = "{SECRET} {SECRET}"',
    "a secret under a wrong key": f'[hosts.komga]\napikey = "{SECRET}"',
    "a password in the URL": f'[hosts.komga]\nurl = "http://me:{SECRET}@komga.local"',
    "a password in a wrong URL": f'[hosts.komga]\nurl = "me:{SECRET}@komga.local"',
    "a wrong proxy": f'[hosts.komga]\nproxy = "{SECRET}"',
    "a wrong signing key": f'[hosts.komga]\nhook_secret = "{SECRET}"',
    "a wrong secret of callbacks": f'[callbacks]\nsecret = "{SECRET}"',
    "a wrong URL of a notification": f'[notifications.phone]\nurls = ["{SECRET}"]',
    "a number among such URLs": f'[notifications.phone]\nurls = ["x://{SECRET}", 7]',
    "a password in a callback": f'[routines.r]\ncallbacks = ["https://me:{SECRET}@n8n.lan"]',
    "a wrong database": f'[paths]\ndatabase = "mysql://{SECRET}@server"',
    "a table for a secret": f'[hosts.komga]\napi_key = {{ value = "{SECRET}" }}',
    "a wrong action": f'[routines.r]\nactions = [{{ name = "normalize", token = "{SECRET}" }}]',
    "broken TOML": f'[web]\ntoken = "{SECRET}" x',
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_no_fault_and_no_traceback_repeats_a_secret(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_text(tmp_path, text)

    assert SECRET not in "".join(caught.value.faults)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None  # nothing hangs on it that a log might print


def test_no_fault_repeats_a_secret_from_the_environment(tmp_path: Path) -> None:
    env = {"SHELFHOOK_HOSTS__KOMGA__HOOK_SECRET": SECRET, "SHELFHOOK_WEB__TOKEN__X": SECRET}

    with pytest.raises(ConfigurationError) as caught:
        load_text(tmp_path, KOMGA, env)

    assert len(caught.value.faults) == 2
    assert SECRET not in "".join(caught.value.faults)


@pytest.mark.parametrize(
    ("table", "key"), [(table, key) for table, keys in SECRETS.items() for key in keys]
)
def test_each_secret_may_come_from_a_file(tmp_path: Path, table: str, key: str) -> None:
    assert is_secret((*table.split("."), key))


def test_every_key_that_the_documentation_calls_secret_is_one() -> None:
    for table in (
        WebSettings,
        HostSettings,
        PathSettings,
        CallbackSettings,
        NotificationSettings,
    ):
        for name, field in table.model_fields.items():
            called = (field.description or "").startswith("Secret")
            assert called == any(name in keys for keys in SECRETS.values())

"""`shelfhook notify test`, and what `check` says of notifications; Apprise really sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.cli.check_telling import check_telling
from shelfhook.settings import Settings
from tests.cli.terminal import Terminal
from tests.support.receiver import Receiver


def terminal(folder: Path, *urls: str) -> Terminal:
    listed = ", ".join(f'"{url}"' for url in urls)
    more = f"[notifications.phone]\nurls = [{listed}]"
    return Terminal.at(folder, "http://komga.local", "k", more)


def test_a_test_is_sent_to_each_url(tmp_path: Path) -> None:
    with Receiver() as one, Receiver([500]) as two:
        urls = [f"json://127.0.0.1:{port}" for port in (one.port, two.port)]
        done = terminal(tmp_path, *urls).call("notify", "test", "phone")
    assert done.exit_code == 1
    assert "OK   phone/1      was taken" in done.stdout
    assert "FAIL phone/2      JSON did not take it" in done.stdout
    assert one.got[0].json["title"] == "Shelfhook: a test"


def test_for_scripts_it_is_one_document(tmp_path: Path) -> None:
    with Receiver() as one:
        asked = terminal(tmp_path, f"json://127.0.0.1:{one.port}")
        assert asked.document("notify", "test", "phone") == [
            {"receiver": "phone/1", "ok": True, "message": "was taken"}
        ]


def test_a_name_that_is_none_is_said_with_those_that_there_are(tmp_path: Path) -> None:
    done = terminal(tmp_path, "json://127.0.0.1").call("notify", "test", "fone")
    assert done.exit_code != 0
    assert "phone" in done.output


def settings(*urls: str) -> Settings:
    return Settings.model_validate(
        {
            "hosts": {"komga": {"kind": "komga", "url": "http://komga.local", "api_key": "k"}},
            "callbacks": {"allow": ["n8n.lan"], "secret": "whsec_" + "A" * 32},
            "notifications": {"phone": {"urls": urls}},
        }
    )


def test_check_has_a_line_for_callbacks_and_for_each_notification() -> None:
    lines = [(one.what, one.ok) for one in check_telling(settings("json://x", "ntfy://topic"))]
    assert lines == [("callbacks", True), ("notification phone", True)]


def test_check_finds_a_url_that_apprise_does_not_know_without_repeating_it() -> None:
    _, line = check_telling(settings("nosuchservice://hunter2"))
    assert not line.ok
    assert "notifications.phone.urls[0]: Apprise does not know" in line.message
    assert "hunter2" not in line.message


def test_check_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelfhook.notify.apprising.installed", lambda: False)
    _, line = check_telling(settings("json://x"))
    assert not line.ok
    assert "pip install 'shelfhook[notify]'" in line.message

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shelfhook.app import parts
from shelfhook.model import EventKind, JobRequest, JobState, NewEvent, Role, Trigger
from shelfhook.store import Store
from shelfhook.store.status import Beat
from tests.cli.terminal import Terminal

NOW = 1_700_000_000.0
SECRETS = {
    name: f"{name}-hunter2-0123456789"
    for name in (
        "token",
        "metrics",
        "api",
        "password",
        "proxy",
        "hook",
        "parameter",
        "deep",
        "notify",
    )
}
SIGNING = "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIy"
CALLBACK = "whsec_aHVudGVyM2h1bnRlcjNodW50ZXIzaHVudGVyM2h1bg=="
PHONE = f"jsons://me:{SECRETS['notify']}@notify.local/{SECRETS['notify']}"
ALL_SET = f"""
[web]
token = "{SECRETS["token"]}"
metrics_token = "{SECRETS["metrics"]}"
[hosts.komga]
kind = "komga"
url = "http://komga.local:25600"
api_key = "{SECRETS["api"]}"
username = "me"
password = "{SECRETS["password"]}"
proxy = "http://me:{SECRETS["proxy"]}@proxy.local:8080"
hook_token = "{SECRETS["hook"]}"
hook_secret = "{SIGNING}"
[callbacks]
secret = "{CALLBACK}"
[notifications.phone]
urls = ["{PHONE}"]
[routines.mine]
actions = [{{ name = "normalize", title_template = "{SECRETS["parameter"]}" }}]
"""


@pytest.fixture
def full(tmp_path: Path) -> Terminal:
    """Settings with every secret, and a state whose words repeat them."""
    config = tmp_path / "full.toml"
    config.write_text(ALL_SET, encoding="utf-8")
    terminal = Terminal(config)
    told = f"{SECRETS['api']} {SECRETS['hook']} http://x:{SECRETS['proxy']}@h was refused"
    with terminal.store() as store:
        store.note_lease(NOW)
        store.status.beat(
            [
                Beat("host:komga", NOW, 15.0, False, {"message": told, "version": SECRETS["deep"]}),
                Beat("loop:coalesce", NOW, 1.0, False, {"error": told}),
            ]
        )
        store.tokens.create_first(NOW)
        store.people.add("anna", Role.ADMIN, "password-hunter2", NOW)
        store.sessions.make_link(Role.ADMIN, NOW, seconds=900, created_by="test")
        fail(store, f"{told} {PHONE} {CALLBACK}")
    return terminal


def fail(store: Store, reason: str) -> None:
    event = NewEvent("komga", EventKind.ROUTINE_CALLED, "d")
    store.jobs.request(JobRequest("mine", "komga", "", Trigger.CLI), event, NOW)
    job = store.jobs.claim(NOW)
    assert job is not None
    store.jobs.move(job.num, JobState.FAILED, NOW, reason)


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_no_secret_is_in_the_report(full: Terminal, form: list[str]) -> None:
    done = full.call("doctor", *form)
    assert done.exit_code == 0
    assert "komga.local" in done.stdout
    assert "was refused" in done.stdout
    for secret in (*SECRETS.values(), SIGNING, "hunter2"):
        assert secret not in done.stdout + done.stderr
    for kept in (CALLBACK, "notify.local", "$argon2", *digests(full)):
        assert kept not in done.stdout + done.stderr


def digests(terminal: Terminal) -> list[str]:
    """What the database keeps in place of secrets."""
    path = parts.read(terminal.config, {}).settings.paths.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT hash FROM tokens UNION ALL SELECT hash FROM links")
        kept = [row[0] for row in found]
    assert len(kept) == 2
    return [one if isinstance(one, str) else one.hex() for one in kept]


def test_the_report_tells_versions_settings_state_and_last_errors(full: Terminal) -> None:
    told: dict[str, Any] = full.document("doctor")
    assert told["versions"]["shelfhook"]
    assert told["settings"]["web"]["token"] == "•••"
    assert told["settings"]["routines"]["mine"]["actions"] == [
        {"name": "normalize", "parameters": ["title_template"]}
    ]
    database = told["database"]
    assert (database["kind"], database["jobs"]["failed"]) == ("sqlite", 1)
    assert database["bytes"] > 10_000
    assert database["beats"]["loop:coalesce"]["ok"] is False
    (error,) = database["last errors"]
    assert (error["routine"], error["state"]) == ("mine", "failed")


def test_the_text_holds_what_the_document_holds(full: Terminal) -> None:
    text = full.call("doctor").stdout
    for word in ("versions:", "  python: ", "last errors:", "    queued: 0", "holder: "):
        assert word in text


def test_failed_items_are_told_with_their_reasons(terminal: Terminal) -> None:
    assert terminal.call("run", "process-all").exit_code == 0
    assert terminal.document("doctor")["database"]["last errors"] == []


def test_wrong_settings_are_a_report_too(tmp_path: Path) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text(ALL_SET.replace("username", "user_name"), encoding="utf-8")
    done = Terminal(config).call("doctor", "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert any("user_name" in fault for fault in told["settings"]["faults"])
    assert "hunter2" not in done.stdout


def test_looking_makes_no_database(terminal: Terminal, tmp_path: Path) -> None:
    told = terminal.document("doctor")
    assert told["database"] == {"message": "there is none yet"}
    assert not list(tmp_path.rglob("*.db"))


def test_a_broken_database_is_a_report_too(terminal: Terminal) -> None:
    with terminal.store() as store:
        file = Path(store.url.database or "")
    file.write_bytes(b"no database " * 1000)
    told = terminal.document("doctor")
    assert "not a database" in told["database"]["message"]

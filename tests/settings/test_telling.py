"""`[callbacks]` and `[notifications.<name>]`: what is wrong is said with key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.errors import ConfigurationError
from shelfhook.settings.notifications import as_cron
from tests.settings.support import KOMGA, load_text

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfc8bKSYPQ="
ALLOWED = f'[callbacks]\nallow = ["n8n.lan"]\nsecret = "{SECRET}"\n'
PHONE = '[notifications.phone]\nurls = ["ntfy://x"]\n'
FAULTS = [
    ('[callbacks]\nallow = ["n8n.lan"]', "callbacks: allow is set but secret is not"),
    ('[callbacks]\nallow = ["a b", "0x1"]', "callbacks.allow: 'a b' is no host; write a name"),
    ('[callbacks]\nsecret = "whsec_c2hvcnQ="', "callbacks.secret: no signing key; give 'whsec_'"),
    ("[callbacks]\nevery_seconds = 0", "callbacks.every_seconds: out of range; give 0.5 to 3600"),
    ("[notifications.phone]\non = []", "notifications.phone.urls: missing; set it in the file"),
    ("[notifications.phone]\nurls = []", "notifications.phone.urls: empty; give at least one"),
    ('[notifications.phone]\nurls = ["x"]', "notifications.phone.urls: one is no URL of Apprise's"),
    (PHONE + 'on = ["ended"]', "notifications.phone.on[0]: unknown; give one of 'finished'"),
    (PHONE + 'body = "{{ jobb }}"', "notifications.phone.body: 'jobb' is undefined; there are"),
    (PHONE + 'title = "{% if"', "notifications.phone.title: not a template in line 1"),
    (PHONE + 'digest_body = "{{ job }}"', "notifications.phone.digest_body: 'job' is undefined"),
    (PHONE + 'timezone = "Berlin"', "notifications.phone.timezone: unknown time zone 'Berlin'"),
    ("[notifications.Phone]\n", "notifications.Phone: not a usable name; use small letters"),
    ('[routines.nightly]\nnotify = ["phon"]\n' + PHONE, "routines.nightly.notify: unknown noti"),
    (
        '[routines.nightly]\ncallbacks = ["https://n8n.lan/x"]',
        "routines.nightly.callbacks[0]: callbacks are not allowed; an administrator names",
    ),
    (
        ALLOWED + '[routines.nightly]\ncallbacks = ["https://n8n.lan/x", "https://x.lan"]',
        "routines.nightly.callbacks[1]: this host and port are not in callbacks.allow",
    ),
]


@pytest.mark.parametrize(("text", "told"), FAULTS)
def test_what_is_wrong_is_said_with_the_remedy(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_text(tmp_path, KOMGA + text)
    assert any(one.startswith(told) for one in caught.value.faults), caught.value.faults


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    routine = '[routines.nightly]\ncallbacks = ["https://n8n.lan/x"]\nnotify = ["phone"]\n'
    settings = load_text(tmp_path, KOMGA + ALLOWED + routine + PHONE + "routines = []")
    phone = settings.notification("phone")
    assert phone.receivers == ["phone/1"]
    assert phone.concerns("nightly", settings.routine("nightly").notify)
    assert not phone.concerns("process-all", ())
    assert len(settings.callbacks.keys) == 1


def test_urls_may_come_from_a_file_one_a_line(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("ntfy://one\n\nntfy://two\n", encoding="utf-8")
    env = {"SHELFHOOK_NOTIFICATIONS__PHONE__URLS_FILE": str(tmp_path / "urls")}
    settings = load_text(tmp_path, KOMGA, env)
    found = [one.get_secret_value() for one in settings.notification("phone").urls]
    assert found == ["ntfy://one", "ntfy://two"]


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("07:00", "0 7 * * *"),
        ("7:05", "5 7 * * *"),
        ("23:59", "59 23 * * *"),
        ("24:00", "24:00"),
        ("0 8 * * 1", "0 8 * * 1"),
    ],
)
def test_a_time_of_the_day_is_a_cron_expression(text: str, cron: str) -> None:
    assert as_cron(text) == cron

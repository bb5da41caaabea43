"""Wrong settings are answered with every fault at once: the key, what is wrong, the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.errors import ConfigurationError
from tests.settings.support import KOMGA, faults_of, load_file

ROUTINE = "[routines.r]\nactions = [{ name = 'normalize' }]\n"
HOST = '[hosts.komga]\nkind = "komga"\nurl = "http://komga.local"\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[webb]", "webb: unknown key; did you mean 'web'?"),
        ("[web]\nport = 1", "web.port: unknown key; known keys: "),
        ("web = 1", "web: not a table; write [web] and its keys below"),
        ("[web]\nlisten = '127.0.0.1'", "web.listen: has no port; write it like 127.0.0.1:8790"),
        ("[web]\nlisten = ':8790'", "web.listen: has no address; write it like 127.0.0.1:8790"),
        ("[web]\nlisten = '::1:8790'", "web.listen: has no address; write it like 127.0.0.1"),
        ("[web]\nlisten = '127.0.0.1:99999'", "web.listen: has no port; write it like"),
        ("[web]\ntoken = 'a b'", "web.token: holds white space; give one word"),
        (
            "[web]\ntrusted_proxies = ['10.0.0.1/8']",
            "web.trusted_proxies: is no address or network",
        ),
        ("[web]\ntrusted_proxies = ['proxy']", "web.trusted_proxies: is no address or network"),
        (
            "[web.sign_in]\nproxy_user_header = 'Remote User'",
            "web.sign_in.proxy_user_header: is no header's name",
        ),
        (
            "[web.sign_in]\nproxy_user_header = 'Cookie'",
            "web.sign_in.proxy_user_header: is a header of every client",
        ),
        ("[web.sign_in]\nproxy_role = 'king'", "web.sign_in.proxy_role"),
        ("[web.sign_in]\nattempts = 0", "web.sign_in.attempts"),
        ("[web.sign_in]\nsecure_cookies = 'maybe'", "web.sign_in.secure_cookies"),
        ("[web]\ntoken = 'schlüssel'", "web.token: cannot travel in an HTTP header; give only AS"),
        ('[web]\ntoken = "a\\u0001"', "web.token: cannot travel in an HTTP header; give only AS"),
        ("[web]\nthreads = true", "web.threads: true or false makes no sense here"),
        ("[web]\nthreads = 1.5", "web.threads: not a whole number; write it like 4"),
        ("[web]\nmax_body_bytes = 1", "web.max_body_bytes: out of range; give 1024 to 1073741824"),
        ("[engine]\nitem_seconds = 0", "engine.item_seconds: out of range; give more than 0"),
        ("[engine]\nitem_seconds = nan", "engine.item_seconds: not a finite number; give one"),
        ("[engine]\nitem_seconds = 'x'", "engine.item_seconds: not a number; write it like 2.5"),
        ("[engine]\nlog_level = 'loud'", "engine.log_level: unknown; give one of 'DEBUG', 'INFO'"),
        (
            "[engine]\nquiet_seconds = 60\nmax_wait_seconds = 30",
            "engine.max_wait_seconds: less than engine.quiet_seconds (60); make it longer",
        ),
        ("[paths]\ndata = '~nobody-here/x'", "paths.data: no such user behind the ~; write the"),
        ("[paths]\ndata = 3", "paths.data: not a path; put one between quotes"),
        ("[paths]\ndatabase = 'mysql://x'", "paths.database: not a database URL; write sqlite:///"),
        ("[hosts.'A b']\nkind = 'komga'\nurl = 'http://x'\napi_key = 'k'", "hosts.A b: not a usab"),
        (
            "[hosts.x]\nurl = 'http://x'\napi_key = 'k'",
            "hosts.x.kind: missing; set it in the file, or as SHELFHOOK_HOSTS__X__KIND",
        ),
        ("[routines]\nhost = 'x'", "routines.host: not a table; write [routines.<name>] and its"),
        ("[routines.r]\nhost = 'komga'", "routines.r.actions: missing; set it in the file, or as"),
        ("[routines.r]\nactions = []", "routines.r.actions: empty; give at least one"),
        ("[routines.r]\nactions = 'normalize'", "routines.r.actions: not a list; write it between"),
        ("[routines.r]\nactions = [{}]", "routines.r.actions[0].name: missing; add it"),
        ("[routines.r]\nactions = [{ name = 'x' }]", "routines.r.actions[0]: unknown action 'x'"),
        (
            "[routines.r]\nactions = [{ name = 'normalize', x = 1 }]",
            "routines.r.actions[0]: x: unknown parameter",
        ),
        (ROUTINE + "host = 'kmga'", "routines.r.host: unknown host 'kmga'; did you mean 'komga'?"),
        (ROUTINE + "workers = 65", "routines.r.workers: out of range; give 1 to 64"),
        (ROUTINE + "priority = -101", "routines.r.priority: out of range; give -100 to 100"),
        (ROUTINE + "dry_run = 'x'", "routines.r.dry_run: neither true nor false; give one of them"),
        (ROUTINE + "filter = 'x'", "routines.r.filter: not a table"),
        (ROUTINE + "libraries = 'x'", "routines.r.libraries: not a list; write it between [ and ]"),
        (ROUTINE + "libraries = [1]", "routines.r.libraries[0]: not text; put it between quotes"),
        (
            ROUTINE + "triggers.events = ['library.scaned']",
            "routines.r.triggers.events: unknown event 'library.scaned'; "
            "did you mean 'library.scanned'?",
        ),
        (
            ROUTINE + "triggers.events = ['routine.called']",
            "routines.r.triggers.events: unknown event 'routine.called'; known events: ",
        ),
        (
            ROUTINE + "triggers.cron = 'daily'",
            "routines.r.triggers.cron: not a cron expression; write it like 0 3 * * *",
        ),
        (
            ROUTINE + "triggers.timezone = 'Europe/Berln'",
            "routines.r.triggers.timezone: unknown time zone 'Europe/Berln'; did you mean "
            "'Europe/Berlin'?",
        ),
        (ROUTINE + "triggers.timezone = '/etc'", "routines.r.triggers.timezone: unknown time zone"),
        (
            ROUTINE + "triggers.timezone = 'Europe'",
            "routines.r.triggers.timezone: unknown time zone 'Europe'",
        ),
        (
            ROUTINE + "triggers.misfire_hours = 0",
            "routines.r.triggers.misfire_hours: out of range; give more than 0 and at most 168",
        ),
    ],
)
def test_a_fault_names_the_key_and_the_remedy(tmp_path: Path, text: str, fault: str) -> None:
    faults = faults_of(tmp_path, f"{text}\n{KOMGA}")

    assert len(faults) == 1
    assert faults[0].startswith(fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("kind = 'kmga'\nurl = 'http://x'\napi_key = 'k'", "kind: unknown kind 'kmga'; did you me"),
        ("kind = 'komga'\nurl = 'komga:1'\napi_key = 'k'", "url: not an http or https URL; write"),
        ("kind = 'komga'\nurl = 'http://'\napi_key = 'k'", "url: not an http or https URL; write"),
        ("kind = 'komga'\nurl = 'http://x:y'\napi_key = 'k'", "url: not an http or https URL"),
        ("kind = 'komga'\nurl = 'http://a:b@x'\napi_key = 'k'", "url: holds a user name; put it"),
        ("kind = 'komga'\nurl = 'http://x'", "api_key: missing; set api_key, or username and pas"),
        (
            "kind = 'komga'\nurl = 'http://x'\nusername = 'u'",
            "password: username and password belong together; set both or neither",
        ),
        (
            "kind = 'komga'\nurl = 'http://x'\napi_key = 'k'\nverify = 'ca.pem'",
            "verify: there is no file /",
        ),
        (
            "kind = 'komga'\nurl = 'http://x'\napi_key = 'k'\nverify = 3",
            "verify: neither a truth nor a path; give true, false or a CA file",
        ),
        (
            "kind = 'komga'\nurl = 'http://x'\napi_key = 'k'\nproxy = 'socks'",
            "proxy: not an http or https URL; write it like http://proxy.local:3128",
        ),
        (
            "kind = 'komga'\nurl = 'http://x'\napi_key = 'k'\nhook_token = 'schlüssel'",
            "hook_token: cannot travel in an HTTP header; give only ASCII, for instance $(openssl",
        ),
        (
            "kind = 'komga'\nurl = 'http://x'\napi_key = 'k'\nhook_secret = 'whsec_c2hvcnQ='",
            "hook_secret: no signing key; give 'whsec_' and base64 of at least 16 bytes",
        ),
        (
            "kind = 'komga'\nurl = 'http://x'\napi_key = 'k'\n"
            "hook_secret = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz'",
            "hook_secret: no signing key",
        ),
    ],
)
def test_a_fault_of_a_host_names_the_key_and_the_remedy(
    tmp_path: Path, text: str, fault: str
) -> None:
    faults = faults_of(tmp_path, f"[hosts.h]\n{text}")

    assert len(faults) == 1
    assert faults[0].startswith(f"hosts.h.{fault}")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "hosts: no host is configured; add a table [hosts.<name>], or run `shelfhook init`"),
        ("[hosts]", "hosts: no host is configured; add a table"),
        ("[hosts]\nkind = 'komga'", "hosts.kind: not a table; write [hosts.<name>] and its keys"),
        ("[[hosts]]\nkind = 'komga'", "hosts: not a table; write [hosts.<name>] and its keys"),
    ],
)
def test_settings_without_a_host_say_how_to_add_one(tmp_path: Path, text: str, fault: str) -> None:
    faults = faults_of(tmp_path, text)

    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_a_routine_must_name_its_host_if_there_are_several(tmp_path: Path) -> None:
    second = KOMGA.replace("[hosts.komga]", "[hosts.attic]")

    assert faults_of(tmp_path, KOMGA + second + ROUTINE) == [
        "routines.r.host: missing; set it in the file, or as SHELFHOOK_ROUTINES__R__HOST"
    ]


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    text = """
    [web]
    listen = "nowhere"
    [engine]
    page_size = 0
    [hosts.komga]
    kind = "kmga"
    url = "komga"
    [routines.r]
    host = "attic"
    workers = 0
    actions = [{ name = "x" }, { name = "normalize", y = 1 }]
    triggers = { cron = "x", events = ["y", "z"] }
    """
    faults = faults_of(tmp_path, text, {"SHELFHOOK_WEB__TOKEN_FILE": "/no/such/file"})

    assert [fault.partition(": ")[0] for fault in faults] == [
        "SHELFHOOK_WEB__TOKEN_FILE",
        "web.listen",
        "engine.page_size",
        "hosts.komga.kind",
        "hosts.komga.url",
        "hosts.komga.api_key",
        "routines.r.host",
        "routines.r.actions[0]",
        "routines.r.actions[1]",
        "routines.r.workers",
        "routines.r.triggers.events",
        "routines.r.triggers.events",
        "routines.r.triggers.cron",
    ]


def test_a_syntax_error_is_reported_with_its_line(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, "[web]\nlisten = \n")

    assert fault.startswith(f"{tmp_path}/shelfhook.toml: not valid TOML: ")
    assert "line 2" in fault


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_missing_file_is_answered_with_how_to_make_one(tmp_path: Path, by_variable: bool) -> None:
    absent = tmp_path / "absent.toml"

    with pytest.raises(ConfigurationError) as caught:
        if by_variable:
            load_file(None, {"SHELFHOOK_CONFIG": str(absent)})
        else:
            load_file(absent, {})

    assert caught.value.faults == [
        f"{absent}: there is no such file; run `shelfhook init` to make one"
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")

    with pytest.raises(ConfigurationError, match="cannot be read \\(Is a directory\\)"):
        load_file(tmp_path, {})
    with pytest.raises(ConfigurationError, match="not a text file in UTF-8"):
        load_file(tmp_path / "latin.toml", {})

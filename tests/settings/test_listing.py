"""Every key is listed with its value and where that came from; secrets are not."""

from __future__ import annotations

from pathlib import Path

from shelfhook.settings import Entry, Origin, listed
from tests.settings.support import KOMGA, load_text

TEXT = """
[web]
threads = 7
token = "secret-of-the-web"
[engine]
log_levels = { hosts = "DEBUG" }
"""


def entries(folder: Path, text: str = TEXT, **env: str) -> dict[str, Entry]:
    found = listed(load_text(folder, text + KOMGA, env))
    return {f"{one.table}.{one.key}": one for one in found}


def test_a_key_says_whether_it_is_a_default_or_from_the_file(tmp_path: Path) -> None:
    found = entries(tmp_path)
    assert found["web.threads"].source.origin is Origin.FILE
    assert found["web.threads"].source.where == str(tmp_path / "shelfhook.toml")
    assert found["web.threads"].value == "7"
    assert found["web.listen"].source.origin is Origin.DEFAULT
    assert found["engine.log_levels.hosts"].source.origin is Origin.FILE
    assert found["routines.nightly.triggers.cron"].source.origin is Origin.DEFAULT


def test_a_variable_wins_over_the_file_and_is_named(tmp_path: Path) -> None:
    found = entries(tmp_path, SHELFHOOK_WEB__THREADS="3")
    assert found["web.threads"].value == "3"
    assert found["web.threads"].source.origin is Origin.ENVIRONMENT
    assert found["web.threads"].source.where == "SHELFHOOK_WEB__THREADS"


def test_a_secret_from_a_file_says_so_and_stays_secret(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("very-secret-word", encoding="utf-8")
    found = entries(tmp_path, SHELFHOOK_WEB__TOKEN_FILE=str(secret))
    assert found["web.token"].source.origin is Origin.SECRET_FILE
    assert found["web.token"].source.where == "SHELFHOOK_WEB__TOKEN_FILE"
    assert found["web.token"].secret
    assert not [one for one in found.values() if "very-secret" in one.value]


def test_no_secret_is_listed_and_an_unset_one_is_empty(tmp_path: Path) -> None:
    found = entries(tmp_path)
    assert (found["web.token"].value, found["web.metrics_token"].value) == ("•••", "")
    assert found["web.metrics_token"].secret
    assert not [one for one in found.values() if "secret-of" in one.value]


def test_a_key_says_what_it_means(tmp_path: Path) -> None:
    assert entries(tmp_path)["web.threads"].means == "Threads that answer requests."

"""One file is read, completed and frozen."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from shelfhook.errors import Unknown
from shelfhook.ports import HostOptions
from shelfhook.settings import load
from tests.settings.support import DEFAULTS, KOMGA, load_file, load_text, write


def test_a_host_is_enough_and_everything_else_has_a_default(tmp_path: Path) -> None:
    settings = load_text(tmp_path, KOMGA)

    assert settings.web.address == ("127.0.0.1", 8790)
    assert settings.web.max_body_bytes == 1_048_576
    assert settings.engine.concurrent_jobs == 2
    assert settings.paths.data == tmp_path / "shelfhook-data"
    assert settings.paths.database_url == f"sqlite:///{tmp_path}/shelfhook-data/shelfhook.db"


def test_a_host_gives_its_options_with_secrets_in_clear(tmp_path: Path) -> None:
    settings = load_text(tmp_path, KOMGA + "budget = 2\nproxy = 'http://proxy.local:3128'\n")

    assert settings.host("komga").options() == HostOptions(
        name="komga",
        kind="komga",
        url="http://komga.local:25600",
        api_key="k-0123456789",
        budget=2,
        proxy="http://proxy.local:3128",
    )


def test_a_whole_routine_is_read(tmp_path: Path) -> None:
    settings = load_text(
        tmp_path,
        KOMGA
        + """
        [routines.weekly]
        libraries = ["Comics"]
        filter = { name = "*.cbz", status = "READY" }
        actions = [{ name = "normalize", replace_stem = false }]
        workers = 8
        priority = -5
        dry_run = true
        triggers = { events = ["item.added"], cron = "0 4 * * 0", timezone = "Europe/Berlin" }
        """,
    )

    routine = settings.routine("weekly")
    assert routine.name == "weekly"
    assert routine.host == "komga"
    assert routine.filter.status == ("READY",)
    assert routine.actions[0].parameters == {"replace_stem": False}
    assert (routine.triggers.cron, routine.triggers.misfire_hours) == ("0 4 * * 0", 6.0)


def test_the_default_routines_exist_without_being_configured(tmp_path: Path) -> None:
    settings = load_text(tmp_path, KOMGA)

    assert settings.routines.keys() == {"process-all", "nightly"}
    assert settings.routine("nightly").triggers.cron == "0 3 * * *"
    assert settings.routine("process-all").host == "komga"


def test_a_table_of_the_same_name_changes_only_what_it_says(tmp_path: Path) -> None:
    settings = load_text(tmp_path, KOMGA + "[routines.nightly]\nworkers=9\ntriggers.enabled=false")

    nightly = settings.routine("nightly")
    assert nightly.workers == 9
    assert not nightly.triggers.enabled
    assert nightly.triggers.cron == "0 3 * * *"
    assert [action.name for action in nightly.actions] == ["normalize"]


def test_further_hosts_get_default_routines_of_their_own(tmp_path: Path) -> None:
    second = KOMGA.replace("[hosts.komga]", "[hosts.attic]")

    settings = load_text(tmp_path, KOMGA + second)

    assert {name: routine.host for name, routine in settings.routines.items()} == {
        "process-all": "komga",
        "process-all@attic": "attic",
        "nightly": "komga",
        "nightly@attic": "attic",
    }


def test_a_default_routine_that_is_given_to_another_host_swaps_with_it(tmp_path: Path) -> None:
    second = KOMGA.replace("[hosts.komga]", "[hosts.attic]")

    settings = load_text(tmp_path, KOMGA + second + "[routines.nightly]\nhost = 'attic'")

    assert settings.routine("nightly").host == "attic"
    assert settings.routine("nightly@komga").host == "komga"
    assert "nightly@attic" not in settings.routines


def test_the_given_defaults_are_left_as_they_were(tmp_path: Path) -> None:
    before = repr(DEFAULTS)
    load_text(tmp_path, KOMGA, {"SHELFHOOK_ROUTINES__NIGHTLY__TRIGGERS__CRON": "0 4 * * *"})

    assert repr(DEFAULTS) == before


@pytest.mark.parametrize("data", ["books", "./books"])
def test_relative_paths_start_at_the_folder_of_the_file(
    tmp_path: Path, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "ca.pem").write_text("a certificate")
    text = KOMGA + f"verify = 'ca.pem'\n[paths]\ndata = '{data}'"
    write(tmp_path / "etc", text)
    monkeypatch.chdir(tmp_path)

    settings = load_file(Path("etc/shelfhook.toml"), {})

    assert settings.paths.data == tmp_path / "etc" / "books"
    assert settings.host("komga").verify == str(tmp_path / "etc" / "ca.pem")


def test_the_file_is_found_by_variable_then_in_the_working_folder_then_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    env = {
        "SHELFHOOK_HOSTS__KOMGA__KIND": "komga",
        "SHELFHOOK_HOSTS__KOMGA__URL": "http://komga.local",
        "SHELFHOOK_HOSTS__KOMGA__API_KEY": "k",
    }
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    named = write(elsewhere, "[engine]\nkeep_days = 1")

    assert load_file(None, env).engine.keep_days == 30
    write(tmp_path, "[engine]\nkeep_days = 2")
    assert load_file(None, env).engine.keep_days == 2
    assert load_file(None, {**env, "SHELFHOOK_CONFIG": str(named)}).engine.keep_days == 1


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load_text(tmp_path, KOMGA)

    with pytest.raises(ValidationError, match="frozen"):
        settings.engine.concurrent_jobs = 9


def test_an_unknown_host_or_routine_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    settings = load_text(tmp_path, KOMGA)

    with pytest.raises(Unknown, match="unknown host 'kavita'; known: komga"):
        settings.host("kavita")
    with pytest.raises(Unknown, match="known: nightly, process-all"):
        settings.routine("daily")


def test_kinds_of_hosts_are_not_checked_when_nobody_knows_them(tmp_path: Path) -> None:
    text = KOMGA.replace('kind = "komga"', 'kind = "tankobon"')

    settings = load(
        write(tmp_path, text),
        {},
        defaults={},
        check_action=lambda name, parameters: [],
        check_cron=lambda cron, timezone: None,
    )

    assert settings.host("komga").kind == "tankobon"
    assert settings.routines == {}

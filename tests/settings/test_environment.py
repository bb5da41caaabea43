"""The environment wins over the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings.support import KOMGA, faults_of, load_text


@pytest.mark.parametrize(
    "variable", ["SHELFHOOK_HOSTS__KOMGA__API_KEY", "shelfhook_hosts__Komga__api_key"]
)
def test_a_variable_wins_over_the_file_whatever_its_case(tmp_path: Path, variable: str) -> None:
    settings = load_text(tmp_path, KOMGA, {variable: "other"})

    assert settings.host("komga").options().api_key == "other"


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("WORKERS", "7", "workers", 7),
        ("DRY_RUN", "true", "dry_run", True),
        ("LIBRARIES", "Comics, Manga", "libraries", ("Comics", "Manga")),
        ("LIBRARIES", '["Comics, old", "Manga"]', "libraries", ("Comics, old", "Manga")),
    ],
)
def test_text_becomes_what_the_key_wants(
    tmp_path: Path, variable: str, text: str, key: str, value: object
) -> None:
    settings = load_text(tmp_path, KOMGA, {f"SHELFHOOK_ROUTINES__NIGHTLY__{variable}": text})

    assert getattr(settings.routine("nightly"), key) == value


def test_a_name_with_a_dash_is_written_with_an_underscore(tmp_path: Path) -> None:
    second = KOMGA.replace("[hosts.komga]", "[hosts.my-attic]")
    env = {
        "SHELFHOOK_ROUTINES__PROCESS_ALL__WORKERS": "7",
        "SHELFHOOK_ROUTINES__PROCESS_ALL_MY_ATTIC__WORKERS": "8",
        "SHELFHOOK_HOSTS__MY_ATTIC__BUDGET": "9",
    }

    settings = load_text(tmp_path, KOMGA + second, env)

    assert settings.routine("process-all").workers == 7
    assert settings.routine("process-all@my-attic").workers == 8
    assert settings.host("my-attic").budget == 9


def test_a_secret_can_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("  s3cret\n")

    settings = load_text(tmp_path, KOMGA, {"SHELFHOOK_WEB__TOKEN_FILE": str(tmp_path / "token")})

    assert settings.web.token.get_secret_value() == "s3cret"


@pytest.mark.parametrize("content", ["", "\n", "  \t\n"])
def test_a_secret_that_nobody_has_filled_in_does_not_count_as_none(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "token").write_text(content)
    env = {"SHELFHOOK_WEB__TOKEN_FILE": str(tmp_path / "token")}
    [fault] = faults_of(tmp_path, KOMGA, env)
    assert fault.startswith("SHELFHOOK_WEB__TOKEN_FILE: ")
    assert "is empty; put the secret into it, or remove the variable" in fault


@pytest.mark.parametrize("variable", ["SHELFHOOK_WEB__TOKEN", "SHELFHOOK_ENGINE__KEEP_DAYS"])
def test_an_empty_variable_is_as_good_as_none(tmp_path: Path, variable: str) -> None:
    text = KOMGA + "[web]\ntoken = 'abc'"

    assert load_text(tmp_path, text, {variable: ""}) == load_text(tmp_path, text)


@pytest.mark.parametrize(
    "variable",
    ["SHELFHOOK_PORT", "SHELFHOOK_PORT_8790_TCP_ADDR", "SHELFHOOK_WEB_SERVICE_HOST", "HOME__X"],
)
def test_variables_of_others_are_ignored(tmp_path: Path, variable: str) -> None:
    assert load_text(tmp_path, KOMGA, {variable: "tcp://10.0.0.1"}) == load_text(tmp_path, KOMGA)


@pytest.mark.parametrize(
    ("env", "fault"),
    [
        (
            {"SHELFHOOK_WEB_TOKEN": "x"},
            "SHELFHOOK_WEB_TOKEN: sets nothing; write two underscores between table and key: "
            "SHELFHOOK_WEB__TOKEN",
        ),
        (
            {"SHELFHOOK_HOSTS_KOMGA_URL": "x"},
            "SHELFHOOK_HOSTS_KOMGA_URL: sets nothing; write two underscores between table and "
            "key: SHELFHOOK_HOSTS__KOMGA_URL",
        ),
        (
            {"SHELFHOOK_WEB__LISTEN__PORT": "1"},
            "web.listen (SHELFHOOK_WEB__LISTEN__PORT): not text; put it between quotes",
        ),
        (
            {"SHELFHOOK_WEB__TOKKEN": "x"},
            "web.tokken (SHELFHOOK_WEB__TOKKEN): unknown key; did you mean 'token'?",
        ),
        (
            {"SHELFHOOK_ENGINE__KEEP_DAYS": "x"},
            "engine.keep_days (SHELFHOOK_ENGINE__KEEP_DAYS): not a whole number; write it like 4",
        ),
        (
            {"SHELFHOOK_ROUTINES__NIGHTLY__ACTIONS": "[{name=}]"},
            "SHELFHOOK_ROUTINES__NIGHTLY__ACTIONS: not a TOML array (",
        ),
        (
            {"SHELFHOOK_WEB__TOKEN": "x", "SHELFHOOK_WEB__TOKEN_FILE": "y"},
            "SHELFHOOK_WEB__TOKEN_FILE: sets web.token, as SHELFHOOK_WEB__TOKEN does; "
            "remove one of them",
        ),
        (
            {"SHELFHOOK_WEB__TOKEN_FILE": "/no/such/file"},
            "SHELFHOOK_WEB__TOKEN_FILE: cannot read /no/such/file (No such file or directory); "
            "check path and rights",
        ),
        ({"SHELFHOOK___TOKEN": "x"}, "SHELFHOOK___TOKEN: not a key; write two underscores"),
    ],
)
def test_a_variable_that_cannot_be_right_is_named(
    tmp_path: Path, env: dict[str, str], fault: str
) -> None:
    faults = faults_of(tmp_path, KOMGA, env)

    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_a_variable_below_a_value_of_the_file_is_named(tmp_path: Path) -> None:
    text = KOMGA + "[web]\nlisten = '127.0.0.1:1'"

    assert faults_of(tmp_path, text, {"SHELFHOOK_WEB__LISTEN__PORT": "1"}) == [
        "SHELFHOOK_WEB__LISTEN__PORT: web.listen is not a table; remove the variable"
    ]


def test_a_variable_that_may_mean_two_routines_is_named(tmp_path: Path) -> None:
    one = "actions = [{ name = 'normalize' }]\n"
    text = KOMGA + f"[routines.a-b]\n{one}[routines.a_b]\n{one}"

    assert faults_of(tmp_path, text, {"SHELFHOOK_ROUTINES__A_B__WORKERS": "1"}) == [
        "SHELFHOOK_ROUTINES__A_B__WORKERS: may mean any of a-b, a_b; set it in the file instead"
    ]


def test_a_secret_that_cannot_be_read_is_one_fault_not_two(tmp_path: Path) -> None:
    text = KOMGA.replace('api_key = "k-0123456789"', "")

    assert len(faults_of(tmp_path, text, {"SHELFHOOK_HOSTS__KOMGA__API_KEY_FILE": "/no"})) == 1


def test_a_secret_file_that_is_no_text_is_named_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"hunter2\xff")

    (fault,) = faults_of(
        tmp_path, KOMGA, {"SHELFHOOK_HOSTS__KOMGA__API_KEY_FILE": str(tmp_path / "key")}
    )

    assert "is not a text file" in fault
    assert "hunter2" not in fault

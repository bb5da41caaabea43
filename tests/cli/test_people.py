"""`shelfhook users`, `shelfhook tokens`, `shelfhook sign-in-link`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from shelfhook.model import Role, Scope
from tests.cli.terminal import Terminal

PASSWORD = "correct horse battery"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal.at(tmp_path, "http://127.0.0.1:9", "no key is needed here")


def add(terminal: Terminal, name: str, role: str = "viewer") -> None:
    given = ("users", "add", name, "--role", role, "--password-file", "-")
    assert terminal.call(*given, stdin=PASSWORD + "\n").exit_code == 0


def test_people_are_added_listed_changed_and_removed(terminal: Terminal, tmp_path: Path) -> None:
    add(terminal, "Anna", "admin")
    add(terminal, "ben")
    [anna, ben] = terminal.document("users", "list")["people"]
    assert (anna["name"], anna["role"], anna["has_password"]) == ("anna", "admin", True)
    assert (ben["name"], ben["role"], ben["signed_in_at"]) == ("ben", "viewer", None)
    assert terminal.call("users", "set-role", "ben", "operator").exit_code == 0
    (tmp_path / "word").write_text("another password\n")
    given = ("users", "set-password", "ben", "--password-file", str(tmp_path / "word"))
    assert terminal.call(*given).exit_code == 0
    with terminal.store() as store:
        found = store.people.check("ben", "another password")
    assert found is not None
    assert found.role is Role.OPERATOR
    table = terminal.call("users", "list").stdout
    assert "operator" in table
    assert "argon2" not in table
    assert terminal.call("users", "remove", "ben").exit_code == 0
    assert [one["name"] for one in terminal.document("users", "list")["people"]] == ["anna"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (("users", "add", "a b", "--no-password"), "", "no name for a person"),
        (("users", "add", "anna", "--no-password"), "", "choose another name"),
        (("users", "add", "x", "--password-file", "-"), "short\n", "too short"),
        (("users", "add", "x", "--password-file", "/no/such/file"), "", "cannot be read"),
        (("users", "add", "x"), "", "--password-file: missing"),
        (("users", "set-role", "anna", "viewer"), "", "last person who is admin"),
        (("users", "remove", "anna"), "", "last person who is admin"),
        (("users", "remove", "nobody"), "", "unknown person"),
        (("users", "set-password", "nobody"), "", "unknown person"),
        (("tokens", "revoke", "nothing"), "", "unknown token"),
        (("sign-in-link", "nobody"), "", "unknown person"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(
    terminal: Terminal, arguments: tuple[str, ...], stdin: str, told: str
) -> None:
    add(terminal, "anna", "admin")
    answer = terminal.call(*arguments, stdin=stdin)
    assert answer.exit_code == 2
    assert told in " ".join(answer.stderr.split())
    assert len(terminal.document("users", "list")["people"]) == 1


def test_somebody_without_a_password(terminal: Terminal) -> None:
    assert terminal.call("users", "add", "anna", "--no-password").exit_code == 0
    assert terminal.document("users", "list")["people"][0]["has_password"] is False


def test_a_token_is_printed_once_and_alone(terminal: Terminal) -> None:
    given = ("--role", "operator", "--scope", "read", "--scope", "jobs", "--days", "1")
    answer = terminal.call("tokens", "create", "script", *given)
    secret = answer.stdout.strip()
    assert secret.startswith("shk_")
    assert secret not in answer.stderr
    with terminal.store() as store:
        found = store.tokens.find(secret, time.time())
    assert found is not None
    assert (found.name, found.role, found.scopes) == (
        "script",
        Role.OPERATOR,
        {Scope.READ, Scope.JOBS},
    )
    [listed] = terminal.document("tokens", "list")["tokens"]
    assert (listed["id"], listed["live"]) == (found.id, True)
    assert secret not in json.dumps(listed)
    assert secret not in terminal.call("tokens", "list").stdout
    assert terminal.call("tokens", "revoke", found.id).exit_code == 0
    assert terminal.document("tokens", "list")["tokens"][0]["live"] is False


def test_a_token_as_json(terminal: Terminal) -> None:
    made = terminal.document("tokens", "create", "script")
    assert made["secret"].startswith("shk_")
    assert (made["role"], made["scopes"]) == ("viewer", None)


def test_a_link_is_printed_alone_and_lets_in_once(terminal: Terminal) -> None:
    add(terminal, "anna", "operator")
    for arguments, who in (((), ("", Role.ADMIN)), (("anna",), ("anna", Role.ADMIN))):
        link = terminal.call("sign-in-link", *arguments, "--minutes", "1").stdout.strip()
        address, _, secret = link.rpartition("/")
        assert address == "http://127.0.0.1:8790/sign-in"
        with terminal.store() as store:
            assert store.sessions.use_link(secret, time.time() + 61) is None
            link = terminal.call("sign-in-link", *arguments).stdout.strip()
            assert store.sessions.use_link(link.rpartition("/")[2], time.time()) == who

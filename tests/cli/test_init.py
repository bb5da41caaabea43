from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from shelfhook.cli import init
from shelfhook.sandbox.server import SandboxServer
from tests.cli.terminal import Terminal


@pytest.fixture
def fresh(tmp_path: Path) -> Terminal:
    """The command line before there is a settings file."""
    return Terminal(tmp_path / "new" / "shelfhook.toml")


@pytest.fixture
def somebody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "_interactive", lambda: True)


def test_flags_alone_write_a_file_that_only_we_can_read(
    fresh: Terminal, sandbox: SandboxServer
) -> None:
    done = fresh.call("init", "--url", sandbox.url, "--api-key", sandbox.admin_key)
    assert done.exit_code == 0, done.output
    assert "Connected: komga" in done.stdout
    assert stat.S_IMODE(fresh.config.stat().st_mode) == 0o600
    assert list(fresh.config.parent.iterdir()) == [fresh.config]
    assert fresh.call("check").exit_code == 0


def test_tokens_are_fresh_and_long(fresh: Terminal, sandbox: SandboxServer) -> None:
    given = ["init", "--url", sandbox.url, "--api-key", sandbox.admin_key]
    tokens: set[str] = set()
    for more in ([], ["--force"]):
        fresh.call(*given, *more)
        tables = tomllib.loads(fresh.config.read_text())
        tokens |= {tables["web"]["token"], tables["hosts"]["komga"]["hook_token"]}
    assert len(tokens) == 4
    assert min(map(len, tokens)) >= 32


def test_it_asks_for_what_the_flags_leave_out_and_hides_the_key(
    fresh: Terminal, sandbox: SandboxServer, somebody_there: None
) -> None:
    done = fresh.call("init", stdin=f"komga\n{sandbox.url}\n{sandbox.admin_key}\n")
    assert done.exit_code == 0, done.output
    assert sandbox.admin_key not in done.output
    assert tomllib.loads(fresh.config.read_text())["hosts"]["komga"]["url"] == sandbox.url


def test_the_key_may_come_from_a_file_or_from_standard_input(
    fresh: Terminal, sandbox: SandboxServer, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text(f"{sandbox.admin_key}\n")
    given = ["init", "--url", sandbox.url, "--api-key-file"]
    assert fresh.call(*given, str(key)).exit_code == 0
    assert fresh.call(*given, "-", "--force", stdin=sandbox.admin_key).exit_code == 0
    missing = fresh.call(*given, str(tmp_path / "none"), "--force")
    assert missing.exit_code == 2
    assert "--api-key-file" in missing.stderr


def test_a_file_that_is_there_stays_unless_forced(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    before = terminal.config.read_text()
    given = ["init", "--url", sandbox.url, "--api-key", sandbox.admin_key]
    done = terminal.call(*given)
    assert done.exit_code == 2
    assert "--force overwrites it" in done.stderr
    assert terminal.config.read_text() == before
    assert terminal.call(*given, "--force").exit_code == 0
    assert terminal.config.read_text() != before


@pytest.mark.parametrize(("answer", "overwritten"), [("n", False), ("y", True)])
def test_somebody_is_asked_before_a_file_is_overwritten(
    terminal: Terminal, sandbox: SandboxServer, somebody_there: None, answer: str, overwritten: bool
) -> None:
    before = terminal.config.read_text()
    given = ["--kind", "komga", "--url", sandbox.url, "--api-key", sandbox.admin_key]
    terminal.call("init", *given, stdin=f"{answer}\n")
    assert (terminal.config.read_text() != before) is overwritten


def test_a_connection_that_fails_writes_nothing_unless_told_not_to_test(
    fresh: Terminal, sandbox: SandboxServer
) -> None:
    sandbox.stop()
    given = ["init", "--url", sandbox.url, "--api-key", "key"]
    done = fresh.call(*given)
    assert done.exit_code == 1
    assert "accepts no connection" in done.stderr
    assert "--no-test" in done.stderr
    assert list(fresh.config.parent.iterdir()) == []
    assert fresh.call(*given, "--no-test").exit_code == 0


def test_a_wrong_answer_is_wrong_use_and_names_the_key(fresh: Terminal) -> None:
    done = fresh.call("init", "--url", "komga", "--api-key", "key")
    assert done.exit_code == 2
    assert "hosts.komga.url: not an http or https URL" in done.stderr
    assert not fresh.config.exists()


def test_nobody_to_ask_is_wrong_use_and_names_the_flag(fresh: Terminal) -> None:
    done = fresh.call("init", "--url", "http://127.0.0.1:9")
    assert done.exit_code == 2
    assert "--api-key" in done.stderr


def test_odd_characters_survive_the_way_into_the_file(fresh: Terminal) -> None:
    odd = 'a"b\\c\x7f\tü'
    server = init.Server("komga", "komga", "http://127.0.0.1:9", odd)
    text = init.settings_text(server, "127.0.0.1:8790")
    assert tomllib.loads(text)["hosts"]["komga"]["api_key"] == odd

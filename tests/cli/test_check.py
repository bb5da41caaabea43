from __future__ import annotations

from pathlib import Path

from shelfhook.sandbox.server import SandboxServer
from tests.cli.terminal import Terminal


def test_three_ok_lines_when_all_is_well(terminal: Terminal) -> None:
    done = terminal.call("check")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert [line[:16].split() for line in lines] == [
        ["OK", "settings"],
        ["OK", "database"],
        ["OK", "host", "komga"],
    ]
    assert "as admin@example.org, 1 library: Synthetic" in lines[2]


def test_a_host_that_is_down_fails_its_line_alone(
    terminal: Terminal, sandbox: SandboxServer
) -> None:
    sandbox.stop()
    done = terminal.call("check")
    assert done.exit_code == 1
    settings, database, host = done.stdout.splitlines()
    assert settings.startswith("OK")
    assert database.startswith("OK")
    assert host.startswith("FAIL host komga")
    assert "accepts no connection" in host


def test_a_wrong_key_is_named_as_such_and_not_shown(tmp_path: Path, sandbox: SandboxServer) -> None:
    done = Terminal.at(tmp_path, sandbox.url, "not-the-key").call("check")
    assert done.exit_code == 1
    assert "the key or the password is wrong" in done.stdout
    assert "not-the-key" not in done.output


def test_an_account_without_rights_is_said(tmp_path: Path, sandbox: SandboxServer) -> None:
    done = Terminal.at(tmp_path, sandbox.url, sandbox.reader_key).call("check")
    assert done.exit_code == 1
    assert "no administrator" in done.stdout


def test_wrong_settings_are_one_line_per_fault(tmp_path: Path) -> None:
    terminal = Terminal.at(tmp_path, "no-url", "key", more="colour = 'red'")
    done = terminal.call("check")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 2
    assert "hosts.komga.url: not an http or https URL" in done.stdout
    assert "hosts.komga.colour" in done.stdout


def test_a_database_that_cannot_be_opened_fails_its_line(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "shelfhook-data").write_text("a file where a folder should be")
    done = terminal.call("check")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[1].startswith("FAIL database")


def test_json_tells_the_same(terminal: Terminal) -> None:
    document = terminal.document("check")
    assert document["ok"]
    assert [one["what"] for one in document["checks"]] == ["settings", "database", "host komga"]

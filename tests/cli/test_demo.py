from __future__ import annotations

import argparse
import json
import re
import shlex
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shelfhook.cli.demo.stage import Stage
from shelfhook.cli.entry import app
from tests.cli.terminal import LIMIT, process

BOOKS = 60


def request(curl: str) -> object:
    """Do what a line with curl says; gives the JSON of the answer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-X")
    parser.add_argument("-d")
    parser.add_argument("url")
    given = parser.parse_args(shlex.split(curl)[1:])
    headers = dict(header.split(": ", 1) for header in given.H)
    body = given.d.encode() if given.d else None
    asked = urllib.request.Request(given.url, body, headers, method=given.X)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the demo makes its folder; it must be gone afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_the_demo_shows_a_scan_become_a_job_and_a_second_one_write_nothing(
    temporary: Path,
) -> None:
    with process("demo", "--books", str(BOOKS)) as demo:
        out, err = demo.communicate(timeout=LIMIT)
    assert demo.returncode == 0, out + err
    assert f"{BOOKS} real CBZ files" in out
    assert f"completed: {BOOKS} of {BOOKS} (100 %)" in out
    assert re.search(r"changed +\d+", out)
    assert "→" in out
    assert "0 writes reached the server" in out
    assert "All went as it should" in out


def test_json_proves_it_to_a_script_whatever_the_users_own_settings_are(temporary: Path) -> None:
    with process("demo", "--books", str(BOOKS), "--json", SHELFHOOK_WEB__LISTEN="nonsense") as demo:
        out, err = demo.communicate(timeout=LIMIT)
    assert demo.returncode == 0, err
    document = json.loads(out)
    assert document["ok"]
    assert document["writes"] > 0
    assert document["writes_of_second_scan"] == 0
    for scan in ("first", "second"):
        assert document[scan]["processed"] == BOOKS
        assert document[scan]["trigger"] == "scan"
    assert document["second"]["counts"]["unchanged"] == BOOKS


def test_keep_leaves_it_up_and_says_where_to_look_until_ctrl_c(temporary: Path) -> None:
    with process("demo", "--books", "50", "--keep", PYTHONUNBUFFERED="1") as demo:
        assert demo.stdout is not None
        text = ""
        for line in demo.stdout:
            text += line
            if line.rstrip().endswith("/Comics") and "the comics" in text:
                break
        commands = [line.strip() for line in text.splitlines() if " curl " in f" {line.strip()}"]
        assert len(commands) == 5, text
        for command in commands:  # each of them works as it is printed
            assert request(command)
        health = re.search(r"curl -s (http\S+/health)", text)
        assert health, text
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=LIMIT)
    assert demo.returncode == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(health[1], timeout=10)


def test_a_service_that_does_not_start_fails_the_demo_and_shows_its_last_lines(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(stage: Stage, url: str) -> None:
        stage.config.write_text(f"[hosts.komga]\nkind = 'komga'\nurl = '{url}'\nwrong = 1\n")

    monkeypatch.setattr(Stage, "write_settings", wrong)
    done = CliRunner().invoke(app, ["demo", "--books", "50", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"ok": False}
    assert "the service ended right after its start" in done.stderr
    assert "hosts.komga.wrong" in done.stderr

from __future__ import annotations

import argparse
import http.cookiejar
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from typer.testing import CliRunner

from shelfhook.cli.demo.service import Service
from shelfhook.cli.demo.stage import Stage
from shelfhook.cli.entry import app
from tests.cli.terminal import LIMIT, process
from tests.support.clock import FakeClock

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


def signs_in(link: str) -> bool:
    """Open a link and press its button, as a browser does; gives whether that let one in."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    try:
        with browser.open(link, timeout=10) as page:
            form = page.read().decode()
        word = re.search(r'name="csrf_token" value="([^"]+)"', form)
        body = urllib.parse.urlencode({"csrf_token": word[1]} if word else {}).encode()
        with browser.open(urllib.request.Request(link, body), timeout=10) as page:
            return page.status == 200 and "Overview" in page.read().decode()
    except urllib.error.HTTPError as refused:
        refused.close()
        return False


def read_until(terminal: IO[bytes], *marks: bytes) -> str:
    """What a terminal shows until all marks have come, one after the other; or to its end."""
    shown, wanted = b"", b".*".join(re.escape(mark) for mark in marks)
    while not (marks and re.search(wanted, shown, re.DOTALL)):
        try:
            more = terminal.read(65_536)
        except OSError:  # how Linux says that the other side has closed it
            break
        if not more:
            break
        shown += more
    return shown.decode(errors="replace")


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
    assert "2 are damaged" in out
    assert "books are as they were before" in out
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
    assert document["found"] == document["broken"] == 2
    assert document["undo"]["counts"]["changed"] == document["first"]["counts"]["changed"]
    assert document["sign_in"].startswith(document["dashboard"] + "sign-in/")


def test_keep_leaves_it_up_and_says_where_to_look_until_ctrl_c(temporary: Path) -> None:
    with process("demo", "--books", "50", "--keep", PYTHONUNBUFFERED="1") as demo:
        assert demo.stdout is not None
        text = ""
        for line in demo.stdout:
            text += line
            if line.rstrip().endswith("/Comics") and "the comics" in text:
                break
        links = [line.strip() for line in text.splitlines() if "/sign-in/" in line]
        assert len(links) == 2, text  # at the start, and at the end
        assert links[0] == links[1]  # nobody has used it yet
        assert signs_in(links[0])
        assert not signs_in(links[0])
        another = next(line for line in text.splitlines() if line.endswith(" sign-in-link"))
        told = subprocess.run(shlex.split(another), capture_output=True, text=True, check=True)
        assert signs_in(told.stdout.strip())
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


def test_at_a_terminal_the_dashboard_stays_up_until_enter(temporary: Path) -> None:
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "shelfhook", "demo", "--books", "50"]
    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its) as demo:
        os.close(its)
        with os.fdopen(ours, "r+b", buffering=0) as terminal:
            shown = read_until(terminal, b"Enter ends the demo", b"/sign-in/", b"\n")
            links = re.findall(r"http://\S+/sign-in/[\w-]+", shown)
            assert len(set(links)) == 1, shown
            assert signs_in(links[0])
            terminal.write(b"\n")
            assert "All went as it should" in read_until(terminal)
        assert demo.wait(LIMIT) == 0


def test_damaged_books_are_counted_once_each_on_all_pages() -> None:
    class Pages(Service):
        def get(self, path: str) -> Any:
            last = path.endswith("after=2")
            items = ["b", "c"] if last else ["a", "b"]
            following = None if last else "/api/v1/findings?job=7&limit=200&after=2"
            return {"findings": [{"item": item} for item in items], "next": following}

    service = Pages(Path("none"), Path("none"), 1, "", FakeClock())
    assert service.damaged("7") == 3


def test_a_service_that_does_not_start_fails_the_demo_and_shows_its_last_lines(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(stage: Stage, url: str) -> None:
        stage.config.write_text(f"[hosts.komga]\nkind = 'komga'\nurl = '{url}'\nwrong = 1\n")

    monkeypatch.setattr(Stage, "write_settings", wrong)
    done = CliRunner().invoke(app, ["demo", "--books", "50", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"ok": False, "broken": 2}
    assert "the service ended right after its start" in done.stderr
    assert "hosts.komga.wrong" in done.stderr

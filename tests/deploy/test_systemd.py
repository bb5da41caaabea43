"""What `serve` tells systemd over a real socket, and what systemd says of the unit."""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shelfhook.app.systemd import VARIABLES, Manager, manager
from shelfhook.settings import EngineSettings
from tests.deploy.installing import ROOT
from tests.support.service import Service, free_port

UNIT = ROOT / "deploy" / "systemd" / "shelfhook.service"
EXPOSURE = 20
"""Tenths of what `systemd-analyze security` may find: 2.0 of 10, which it calls OK."""


@pytest.fixture(params=["path", "abstract"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """What NOTIFY_SOCKET says, and systemd's end of it."""
    path = request.param == "path"
    name = str(tmp_path / "notify") if path else f"@shelfhook-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name if path else "\0" + name[1:])
        heard.settimeout(20)
        yield name, heard


def test_serve_says_when_it_is_ready_that_it_lives_and_that_it_stops(
    line: tuple[str, socket.socket], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, heard = line
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    with Service(tmp_path / "service", f"http://127.0.0.1:{free_port()}", "key") as service:
        serve = service.start("serve")
        until_ready = read_until(heard, "READY=1")
        assert service.health()[0] in (200, 503)  # whoever starts after us finds it answering
        assert set(until_ready) <= {"WATCHDOG=1", "READY=1"}
        assert [heard.recv(64) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        for child in ("engine", "web"):
            told = Path(f"/proc/{service.child_of(serve, child)}/environ").read_bytes()
            assert not any(variable.encode() in told for variable in VARIABLES)
        serve.send_signal(signal.SIGTERM)
        assert set(read_until(heard, "STOPPING=1")) <= {"WATCHDOG=1", "STOPPING=1"}
        assert serve.wait(30) == 0


def read_until(heard: socket.socket, wanted: str) -> list[str]:
    """Every message up to and with `wanted`."""
    told = [heard.recv(64).decode()]
    while told[-1] != wanted:
        told.append(heard.recv(64).decode())
    return told


def test_ready_waits_for_the_port_and_is_said_once(line: tuple[str, socket.socket]) -> None:
    name, heard = line
    told = Manager(name, math.inf)
    port = free_port()
    told.look(("127.0.0.1", port))
    assert not told.ready
    with closing(socket.create_server(("127.0.0.1", port))):
        told.look(("127.0.0.1", port))
        told.look(("127.0.0.1", port))
    assert heard.recv(64) == b"READY=1"
    heard.setblocking(False)
    with pytest.raises(BlockingIOError):
        heard.recv(64)


def test_a_manager_that_does_not_hear_is_logged_and_told_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = Manager(str(tmp_path / "nobody"), math.inf)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        told.look(server.getsockname())
        assert not told.ready
        assert "systemd was not told READY=1" in caplog.text


@pytest.mark.parametrize(
    ("env", "every"),
    [
        ({}, math.inf),
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, math.inf),
        ({"WATCHDOG_USEC": "0"}, math.inf),
        ({"WATCHDOG_USEC": "soon"}, math.inf),
    ],
)
def test_half_of_the_watchdogs_patience_lies_between_two_signs_of_life(
    env: dict[str, str], every: float
) -> None:
    assert manager(env).every == every


def test_without_systemd_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    nobody = manager({"WATCHDOG_USEC": "1"})
    nobody.look(("127.0.0.1", 1))
    assert nobody.tell("STOPPING=1")
    assert caplog.text == ""


@pytest.fixture
def unit(tmp_path: Path, installed: Path) -> Path:
    """The unit, with the program where the tests have installed it."""
    text = UNIT.read_text(encoding="utf-8")
    assert "ExecStart=/opt/shelfhook/bin/" in text
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace("/opt/shelfhook", str(installed)), encoding="utf-8")
    return copy


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_systemd_finds_no_fault_in_the_unit(unit: Path) -> None:
    done = analyze("verify", "--man=no", str(unit))
    # It may complain of the machine's own units: only what it says of ours counts.
    ours = [row for row in done.stderr.splitlines() if UNIT.name in row]
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_systemd_finds_little_that_the_unit_leaves_open(unit: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(unit))
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze is too old to look at a file")
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_unit_gives_more_time_than_the_service_takes_to_drain() -> None:
    text = UNIT.read_text(encoding="utf-8")
    needed = EngineSettings().drain_seconds + 10  # what `serve` waits for its children
    for key in ("TimeoutStopSec", "WatchdogSec"):
        (seconds,) = re.findall(rf"(?m)^{key}=(\d+)$", text)
        assert int(seconds) > needed, key
    assert "\nType=notify\n" in text
    assert "\nKillMode=mixed\n" in text  # else heavy processes would die in the middle of an item

"""Supervision of the two processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shelfhook.app.processes import PAUSES, STEADY, Child


def child(code: str) -> Child:
    return Child("engine", [sys.executable, "-c", code])


def test_a_child_that_dies_young_is_restarted_after_growing_pauses(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 1000.0
    monkeypatch.setattr("shelfhook.app.processes.time.monotonic", lambda: now)
    one = child("raise SystemExit(3)")
    for pause in (*PAUSES, PAUSES[-1]):
        one.start({})
        process = one.process
        assert process is not None
        process.wait(20)
        assert one.look()
        assert one.due_at == now + pause
        assert not one.look()
    assert "The engine process ended with 3" in caplog.text


def test_a_child_that_ran_for_long_is_restarted_at_once_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("shelfhook.app.processes.time.monotonic", lambda: now)
    one = child("pass")
    one.deaths = 4
    one.start({})
    process = one.process
    assert process is not None
    process.wait(20)
    now += STEADY + 1
    assert one.look()
    assert one.due_at == now + PAUSES[0]


def test_a_child_that_runs_is_left_alone() -> None:
    one = child("import sys; sys.stdin.read()")
    one.start({})
    try:
        assert not one.look()
    finally:
        assert one.process is not None
        one.process.kill()
        one.process.wait(20)


@pytest.mark.parametrize("what", ["engine", "web"])
def test_wrong_settings_end_a_process_with_the_fault_and_no_traceback(
    tmp_path: Path, what: str
) -> None:
    config = tmp_path / "shelfhook.toml"
    config.write_text("[engine]\nconcurrent_jobs = 0\n", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "shelfhook.app", what],
        env={"SHELFHOOK_CONFIG": str(config), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode != 0
    assert "engine.concurrent_jobs" in ended.stderr
    assert "Traceback" not in ended.stderr

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shelfhook.app import logs
from shelfhook.runner.telling import ITEM, of_job
from shelfhook.settings import EngineSettings
from shelfhook.settings.engine import LOG_ROOMS
from tests.support.engines import shelf
from tests.support.hosts import FakeHost

PLUGIN = Path(__file__).parents[2] / "plugin" / "shelfhook"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The handlers and levels of the test run."""
    names = [*logs.NOISY, *(f"shelfhook.{room}" for room in LOG_ROOMS)]
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, own in levels.items():
        logging.getLogger(name).setLevel(own)


def documents(text: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_name_time_level_logger_thread_and_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("INFO", "json")
    logging.getLogger("shelfhook.engine").info("ready\n%s", "now")
    (line,) = documents(capsys.readouterr().err)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line == {
        "level": "INFO",
        "logger": "shelfhook.engine",
        "thread": threading.current_thread().name,
        "message": "ready\nnow",
    }


def test_a_traceback_is_a_field_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", "json")
    try:
        raise ValueError("half \udc80")
    except ValueError:
        logging.getLogger("shelfhook.engine").exception("it failed")
    (line,) = documents(capsys.readouterr().err)
    assert "ValueError: half" in line["traceback"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_lines_carry_the_job_and_the_item(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    logs.configure("INFO", form)
    with shelf(tmp_path, FakeHost(2)) as desk:
        job = desk.wait(desk.call())
        items = {row.item.id for row in desk.items(job)}
    lines = capsys.readouterr().err.splitlines()
    said = [line for line in lines if "Processing item" in line]
    begun = [line for line in lines if " begins: " in line]
    if form == "json":
        assert {json.loads(line)["item"] for line in said} == items
        assert {json.loads(line)["job"] for line in said + begun} == {job.short}
        assert all("item" not in json.loads(line) for line in begun)
    else:
        assert {re.search(r"\(job='(.*?)' item='(.*?)'\)$", line)[2] for line in said} == items  # type: ignore[index]
        assert all(line.endswith(f"(job='{job.short}')") for line in begun)
    assert (len(said), len(begun)) == (2, 1)


def test_a_thread_that_has_done_with_a_job_does_not_speak_of_it() -> None:
    record = logging.LogRecord("shelfhook.x", logging.INFO, "", 0, "hello", (), None)
    with of_job("12345678"):
        assert logs.about(record) == {"job": "12345678"}
    assert logs.about(record) == {}
    assert ITEM.get() == ""


def test_one_room_may_say_more_and_another_less(capsys: pytest.CaptureFixture[str]) -> None:
    settings = EngineSettings(log_levels={"hosts": "debug", "job": "ERROR"})
    logs.configure_as(settings)
    logging.getLogger("shelfhook.hosts").debug("a call")
    logging.getLogger("shelfhook.engine").debug("too much")
    logging.getLogger("shelfhook.job").warning("too little")
    told = capsys.readouterr().err
    assert "a call" in told
    assert "too" not in told


def test_the_rooms_that_may_be_named_are_those_that_log() -> None:
    found = {"hosts"}  # in app.counting, on behalf of all hosts
    for file in PLUGIN.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r'getLogger\("shelfhook\.(\w+)', text))
        if "getLogger(__name__)" in text:
            found.add(file.relative_to(PLUGIN).parts[0])
    assert found == set(LOG_ROOMS)


def test_a_room_that_does_not_log_is_a_fault_with_a_remedy() -> None:
    with pytest.raises(ValueError, match="no room 'hots' logs; did you mean 'hosts'"):
        EngineSettings(log_levels={"hots": "DEBUG"})
    with pytest.raises(ValueError, match="DEBUG"):
        EngineSettings(log_levels={"hosts": "LOUD"})

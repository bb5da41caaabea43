"""Log lines as text or JSON. Each tells its thread, and the job and the item that it is about."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from shelfhook.runner.telling import ITEM, JOB
from shelfhook.settings import EngineSettings

FORMAT = "%(asctime)s %(levelname)-7s [%(threadName)s] %(message)s"
OF_A_JOB = re.compile(r"job-([0-9a-f]{8})\b")
"""The name of a worker's thread."""
NOISY = ("apscheduler", "urllib3", "alembic")
"""APScheduler tells of every tick at INFO: ten lines a second."""


def configure(level: str, form: str = "text", levels: Mapping[str, str] | None = None) -> None:
    """Log to standard error from `level` on. Called once, by a process's main function.

    Args:
        level: of all rooms that `levels` does not name.
        form: `text` or `json`.
        levels: room → its level, such as `{"hosts": "DEBUG"}`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines() if form == "json" else Words(FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    for room, own in (levels or {}).items():
        logging.getLogger(f"shelfhook.{room}").setLevel(own)


def configure_as(settings: EngineSettings) -> None:
    """Log as the settings say."""
    configure(settings.log_level, settings.log_format, settings.log_levels)


def about(record: logging.LogRecord) -> dict[str, str]:
    """The job and the item of a line, where there are any; called on the thread that logs."""
    worker = OF_A_JOB.match(record.threadName or "")
    found = {"job": worker[1] if worker else JOB.get(), "item": ITEM.get()}
    return {name: value for name, value in found.items() if value}


class Words(logging.Formatter):
    """Text for people: job and item stand at the end of the line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, before a traceback is hung on it."""
        line = super().formatMessage(record)
        fields = " ".join(f"{name}={value!r}" for name, value in about(record).items())
        return f"{line} ({fields})" if fields else line


class Lines(logging.Formatter):
    """One JSON document per line, for what collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback is one of its fields."""
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "thread": record.threadName,
            "message": record.getMessage(),
            **about(record),
        }
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        if record.stack_info:
            document["stack"] = record.stack_info
        return json.dumps(document)  # ASCII: half a character pair can be in a file's name

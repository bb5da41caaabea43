"""When things happen. The only room that imports APScheduler."""

from __future__ import annotations

from shelfhook.scheduling.cron import check_cron
from shelfhook.scheduling.scheduler import Scheduler

__all__ = ["Scheduler", "check_cron"]

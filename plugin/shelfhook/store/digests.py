"""What a digest tells of: all that happened in the jobs whose end was told in a span of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from shelfhook.store.tables import NOTABLE

MOST = 5
"""Reasons and codes that are named; the rest are counted."""

SPAN = "told_at > :since AND told_at <= :until"
JOBS = text(
    "SELECT routine, state, count(*), sum(changed), sum(unchanged), sum(planned), sum(skipped),"
    f" sum(failed), sum(cancelled) FROM jobs WHERE {SPAN} GROUP BY routine, state"
    " ORDER BY routine, state"
)
JOB_REASONS = text(
    f"SELECT reason, count(*) FROM jobs WHERE {SPAN} AND state = 'failed'"
    " GROUP BY reason ORDER BY count(*) DESC, reason LIMIT :most"
)
ITEM_REASONS = text(
    f"SELECT reason, count(*) FROM job_items WHERE {NOTABLE} AND outcome = 'failed' AND job_num IN"
    f" (SELECT num FROM jobs WHERE {SPAN} AND failed > 0)"
    " GROUP BY reason ORDER BY count(*) DESC, reason LIMIT :most"
)
FINDINGS = text(
    "SELECT code, severity, count(*) FROM findings WHERE job_num IN"
    f" (SELECT num FROM jobs WHERE {SPAN}) GROUP BY code, severity ORDER BY count(*) DESC, code"
)
QUARANTINE = text("SELECT count(*) FROM item_states WHERE failures > 0 AND failures >= :least")
MISSED = text(
    "SELECT schedule, count(*) FROM fires WHERE result = 'missed'"
    " AND logged_at > :since AND logged_at <= :until GROUP BY schedule ORDER BY schedule"
)


@dataclass(frozen=True, slots=True)
class Digests:
    """Reads what a digest needs."""

    reader: Engine

    def facts(self, since: float, until: float, quarantine_after: int) -> dict[str, Any]:
        """Counts and reasons of a span of time, as JSON knows them.

        Args:
            since, until: seconds since the epoch: later than the one, up to the other.
            quarantine_after: how often an item fails before it is set aside; 0: never.
        """
        span = {"since": since, "until": until}
        with self.reader.connect() as connection:
            return {
                **span,
                **_jobs(connection, span),
                "job_reasons": _pairs(connection, JOB_REASONS, span | {"most": MOST}),
                "item_reasons": _pairs(connection, ITEM_REASONS, span | {"most": MOST}),
                "findings": [
                    {"code": row[0], "severity": row[1], "count": int(row[2])}
                    for row in connection.execute(FINDINGS, span)
                ],
                "quarantined": _quarantined(connection, quarantine_after),
                "missed": _pairs(connection, MISSED, span),
            }


def _jobs(connection: Connection, span: Mapping[str, float]) -> dict[str, Any]:
    names = ("changed", "unchanged", "planned", "skipped", "failed", "cancelled")
    items = dict.fromkeys(names, 0)
    states = {"completed": 0, "failed": 0, "cancelled": 0}
    routines: dict[str, int] = {}
    for routine, state, count, *sums in connection.execute(JOBS, span):
        states[state] = states.get(state, 0) + int(count)
        routines[routine] = routines.get(routine, 0) + int(count)
        for name, value in zip(names, sums, strict=True):
            items[name] += int(value)
    return {"jobs": sum(states.values()), "states": states, "routines": routines, "items": items}


def _pairs(connection: Connection, query: Any, values: Mapping[str, Any]) -> list[list[Any]]:
    return [[str(row[0]), int(row[1])] for row in connection.execute(query, values)]


def _quarantined(connection: Connection, least: int) -> int:
    if not least:
        return 0
    return int(connection.execute(QUARANTINE, {"least": least}).scalar_one())

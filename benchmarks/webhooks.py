"""Durable webhook deliveries a second, beside waitress + Flask + group commit."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.report import Row, median
from benchmarks.services import free_port, running, write_settings

SECONDS = 4


def deliver(port: int, connections: int, tag: str) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.load",
        str(port),
        str(connections),
        str(SECONDS),
        tag,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def ours(connections: tuple[int, ...]) -> list[dict[str, Any]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = write_settings(Path(folder), port)
        with running(["shelfhook.app", "web"], port, SHELFHOOK_CONFIG=str(config)):
            return [deliver(port, count, f"ours{count}") for count in connections]


def baseline() -> dict[str, Any]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/baseline.db"
        with running(["benchmarks.waitress_server", database, str(port)], port):
            return deliver(port, 16, "base")


def deliveries(rounds: int) -> list[Row]:
    base, sixteen, many = [], [], []
    for _ in range(rounds):
        base.append(baseline())
        few, lots = ours((16, 128))
        sixteen.append(few)
        many.append(lots)

    def middle(runs: list[dict[str, Any]], key: str) -> float:
        return median([run[key] for run in runs])

    errors = sum(run["errors"] for run in sixteen + many)
    first = next((run["first_error"] for run in sixteen + many if run["errors"]), "none")
    rate, rate_base = middle(sixteen, "per_second"), middle(base, "per_second")
    return [
        Row(
            "webhooks, 16 connections: ours / waitress",
            rate / rate_base,
            1.8,
            f"{rate:,.0f}/s against {rate_base:,.0f}/s (p99 {middle(base, 'p99_ms'):.0f} ms)",
        ),
        Row(
            "webhooks, 16 connections: p99 in ms",
            middle(sixteen, "p99_ms"),
            15,
            f"p50 {middle(sixteen, 'p50_ms'):.1f} ms",
            at_least=False,
        ),
        Row(
            "webhooks: 128 / 16 connections",
            middle(many, "per_second") / rate,
            0.9,
            f"{middle(many, 'per_second'):,.0f}/s, p99 {middle(many, 'p99_ms'):.0f} ms",
        ),
        Row("webhooks: errors", errors, 0, f"first: {first}", at_least=False),
    ]

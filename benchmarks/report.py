"""Rows of results, the table, and the file."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Row:
    """One measured ratio. `at_least` tells whether the goal is a floor or a ceiling."""

    name: str
    ratio: float
    goal: float
    detail: str
    at_least: bool = True

    @property
    def ok(self) -> bool:
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    def document(self) -> dict[str, Any]:
        sign = ">=" if self.at_least else "<="
        return {
            "name": self.name,
            "ratio": round(self.ratio, 3),
            "goal": f"{sign} {self.goal:g}",
            "ok": self.ok,
            "detail": self.detail,
        }


def worker(name: str, *arguments: object) -> dict[str, Any]:
    """Run one measurement in a process of its own (see `workers`) and read what it prints."""
    command = [sys.executable, "-m", "benchmarks.workers", name, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def alternate(rounds: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Run the measures in turn, so that a busy minute of the machine hits all alike."""
    columns: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for column, measure in zip(columns, measures, strict=True):
            column.append(measure())
    return columns


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def show(rows: Sequence[Row]) -> None:
    """Print the table and write `results.json`."""
    table = Table(title="Shelfhook, measured against baselines of the same run")
    for column in ("name", "ratio", "goal", "ok", "detail"):
        table.add_column(column, overflow="fold")
    for row in rows:
        made = row.document()
        table.add_row(
            row.name, str(made["ratio"]), made["goal"], "yes" if row.ok else "NO", row.detail
        )
    Console().print(table)
    RESULTS.write_text(json.dumps([row.document() for row in rows], indent=2) + "\n")

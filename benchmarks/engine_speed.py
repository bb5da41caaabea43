"""Items per second, growth, efficiency and memory of the whole engine with durable outcomes."""

from __future__ import annotations

import math

from benchmarks.report import Row, alternate, median, worker

ITEMS = 10_000


def items_per_second(rounds: int) -> list[Row]:
    """10,000 items that cost nothing, 4 workers, `synchronous=FULL`."""
    bare, ours = alternate(
        rounds,
        lambda: ITEMS / worker("pool", ITEMS, 4, 0)["seconds"],
        lambda: ITEMS / worker("engine", ITEMS, 4, 0)["seconds"],
    )
    huey = 1_500 / worker("huey", 1_500, 4)["seconds"]
    mine, pool = median(ours), median(bare)
    return [
        Row(
            "no-op items/s: engine / bare pool",
            mine / pool,
            0.35,
            f"{mine:,.0f}/s against {pool:,.0f}/s in memory; aim 0.6",
        ),
        Row("no-op items/s: engine / SqliteHuey", mine / huey, 15, f"SqliteHuey {huey:,.0f}/s"),
    ]


def growth(rounds: int) -> list[Row]:
    """Time per item and peak memory with many items against few."""
    few, many = alternate(
        rounds,
        lambda: worker("engine", ITEMS, 4, 0)["job_seconds"] / ITEMS,
        lambda: worker("engine", 10 * ITEMS, 4, 0)["job_seconds"] / (10 * ITEMS),
    )
    small, large = alternate(
        rounds,
        lambda: worker("engine", 1_000, 4, 0)["peak_kb"],
        lambda: worker("engine", 100_000, 4, 0)["peak_kb"],
    )
    return [
        Row(
            "time per item: 100,000 / 10,000 items",
            median(many) / median(few),
            1.15,
            f"{median(many) * 1e6:.1f} µs against {median(few) * 1e6:.1f} µs",
            at_least=False,
        ),
        Row(
            "peak memory: 100,000 / 1,000 items",
            median(large) / median(small),
            1.15,
            f"{median(large) / 1024:.0f} MB against {median(small) / 1024:.0f} MB",
            at_least=False,
        ),
    ]


def efficiency(rounds: int) -> list[Row]:
    """Ideal time over actual time, with the bare pool beside it."""
    rows = []
    for items, seconds, workers, goal in (
        (50, 0.15, 4, 0.99),
        (1_000, 0.01, 4, 0.96),
        (1_000, 0.01, 16, 0.96),
    ):
        ideal = math.ceil(items / workers) * seconds
        bare, ours = alternate(
            rounds,
            lambda i=items, w=workers, s=seconds: worker("pool", i, w, s)["seconds"],
            lambda i=items, w=workers, s=seconds: worker("engine", i, w, s)["job_seconds"],
        )
        rows.append(
            Row(
                f"efficiency: {items} × {seconds * 1000:.0f} ms, {workers} workers",
                ideal / median(ours),
                goal,
                f"bare pool {ideal / median(bare):.3f}",
            )
        )
    return rows

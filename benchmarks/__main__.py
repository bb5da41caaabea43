"""`python -m benchmarks [NAME …] [--rounds N]`: everything, or the named groups."""

from __future__ import annotations

import argparse
import sys

from benchmarks import (
    audits,
    calls,
    crash,
    embeds,
    engine_speed,
    neighbours,
    pages,
    streams,
    webhooks,
)
from benchmarks.report import show

GROUPS = {
    "items": engine_speed.items_per_second,
    "growth": engine_speed.growth,
    "efficiency": engine_speed.efficiency,
    "calls": calls.get_and_patch,
    "webhooks": webhooks.deliveries,
    "streams": streams.streams,
    "crash": crash.kill_at_a_third,
    "audit": audits.audit,
    "embed": embeds.embeds,
    "neighbours": neighbours.neighbours,
    "pages": pages.pages,
}


def main() -> int:
    """Measure, print, write; the exit code tells whether every goal was reached."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", help=f"of: {', '.join(GROUPS)}")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    rows = []
    for name in wanted.groups or GROUPS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += GROUPS[name](wanted.rounds)
    show(rows)
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

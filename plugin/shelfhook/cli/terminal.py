"""What the commands print with. Results go to standard output, all talk to standard error.

Consoles are made when they are needed, so that they see the streams of that moment.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shelfhook.cli.differences import Difference
from shelfhook.model import Outcome

STYLES: Mapping[str, str] = {
    Outcome.CHANGED: "green",
    Outcome.UNCHANGED: "dim",
    Outcome.PLANNED: "cyan",
    Outcome.SKIPPED: "yellow",
    Outcome.FAILED: "bold red",
    Outcome.CANCELLED: "magenta",
}
WIDEST = 120
"""Columns beyond which a table is no easier to read."""


def results() -> Console:
    """Where results go; a file or a pipe gets the widest lines."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDEST)


def talk() -> Console:
    """Where everything else goes."""
    return Console(stderr=True, highlight=False)


def complain(*messages: str) -> None:
    """Say what is wrong."""
    console = talk()
    for message in messages:
        console.print(Text.assemble(("shelfhook: ", "bold red"), message), soft_wrap=True)


def print_json(document: object) -> None:
    """Print one JSON document for scripts."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def terminable() -> Iterator[None]:
    """Treat SIGTERM (from a timer or a container) like Ctrl-C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def table(*headings: str) -> Table:
    """An empty table in our way."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading)
    return made


def outcomes(counts: Mapping[str, int]) -> Table:
    """How many items ended how; what did not occur is left out."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    made.add_column("outcome")
    made.add_column("items", justify="right")
    for outcome in Outcome:
        if counts.get(outcome):
            made.add_row(Text(outcome, STYLES[outcome]), f"{counts[outcome]:,}")
    if not made.row_count:
        made.add_row(Text("none", "dim"), "0")
    return made


def print_differences(console: Console, found: Iterable[Difference]) -> None:
    """Show what was changed in what, before → after: one line each, however narrow it must be."""
    made = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", width=min(console.width, WIDEST)
    )
    for heading, ratio in (("item", 5), ("field", 0), ("before", 5), ("", 0), ("after", 4)):
        made.add_column(heading, ratio=ratio or None, no_wrap=True, overflow="ellipsis")
    for one in found:
        made.add_row(
            Text(one.item),
            one.field,
            Text(one.before or "(empty)", "red" if one.before else "dim"),
            "→",
            Text(one.after or "(empty)", "green" if one.after else "dim"),
        )
    console.print(made)


def moment(seconds: float | None) -> str:
    """A time in this machine's zone, or `never`."""
    if seconds is None:
        return "never"
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")

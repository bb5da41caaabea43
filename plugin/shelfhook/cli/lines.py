"""What `shelfhook check` and `shelfhook init` say of each thing they have tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from shelfhook.cli import terminal


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one check.

    Attributes:
        detail: the same as values, for scripts; {} where the message says it all.
    """

    what: str
    ok: bool
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def show(line: Line) -> None:
    """Print a line."""
    mark = ("OK  ", "bold green") if line.ok else ("FAIL", "bold red")
    text = Text.assemble(mark, f" {line.what:<12} ", line.message)
    terminal.results().print(text, soft_wrap=True)


def number(count: int, what: str) -> str:
    """`1 library`, `2,000 libraries`."""
    several = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{count:,} {what if count == 1 else several}"

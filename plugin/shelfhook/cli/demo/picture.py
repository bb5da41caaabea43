"""The picture in the README: what the demo showed, as an SVG file."""

from __future__ import annotations

import re
from pathlib import Path

from rich.console import Console

WIDTH = 110


def console() -> Console:
    """A console that remembers what it shows, wide enough for every line."""
    return Console(record=True, width=WIDTH, highlight=False)


def save(console: Console, path: Path) -> None:
    """Write the picture; without Rich's fonts from the net, since a picture must not load any."""
    svg = console.export_svg(title="make demo")
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")

"""`shelfhook findings`: what audits have found, as a table or as a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from rich.text import Text

from shelfhook.cli import terminal
from shelfhook.cli.place import Place
from shelfhook.model import Severity
from shelfhook.reports import Kind, render
from shelfhook.store import Store
from shelfhook.store import findings as stored

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings; "" means all."""

    job: str = ""
    severity: str = ""
    code: str = ""


def show(place: Place, wanted: Wanted, form: Kind | Literal["table"], limit: int) -> int:
    """Print findings; any other form than a table prints all of them."""
    with Store(place.parts().settings.paths.database_url) as store:
        num = store.jobs.get(wanted.job.lower()).num if wanted.job else None
        chosen = stored.Wanted(num, wanted.severity, wanted.code)
        if form == "table":
            _table(store, chosen, limit)
        else:
            _export(store, chosen, form)
    return 0


def _export(store: Store, chosen: stored.Wanted, form: Kind) -> None:
    for part in render(store.findings.rows(chosen), form):
        sys.stdout.write(part)


def _table(store: Store, chosen: stored.Wanted, limit: int) -> None:
    console = terminal.results()
    counts = store.findings.counts(chosen)
    if not counts:
        console.print("Nothing was found.")
        return
    made = terminal.table("severity", "code", "item", "what is wrong", "remedy")
    made.columns[0].no_wrap = made.columns[1].no_wrap = True
    for one in store.findings.page(chosen, limit):
        finding = one.finding
        place = f" ({finding.place})" if finding.place else ""
        made.add_row(
            Text(finding.severity, STYLES[finding.severity]),
            Text(finding.code),
            Text(one.name),
            Text(finding.message + place),
            Text(finding.remedy, "dim"),
        )
    console.print(made)
    total = sum(counts.values())
    told = ", ".join(
        f"{sum(n for (one, _), n in counts.items() if one is severity):,} {severity}"
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
    )
    console.print(f"{total:,} findings: {told}")

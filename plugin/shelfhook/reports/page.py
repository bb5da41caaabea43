"""The report as one page that stands alone: no scripts, no files beside it, light and dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from shelfhook.model import Severity
from shelfhook.reports.row import Row
from shelfhook.reports.style import STYLE

_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "info"}
_TITLE = "Shelfhook: findings"
_HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_TITLE}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{_TITLE}</h1>
"""


def write(rows: Iterable[Row]) -> Iterator[str]:
    """The page, series by series. What is counted is known at its end only, and shown at its top.

    Args:
        rows: those of a series, and therein those of an item, one after the other.
    """
    counts: Counter[tuple[Severity, str]] = Counter()
    yield _HEAD + _switches() + "<main>\n"
    for (host, library, series), of_series in groupby(
        rows, lambda row: (row.host, row.library, row.series)
    ):
        where = escape(" · ".join(part for part in (host, library) if part))
        name = escape(series or "Without a series")
        yield f"<section><h2>{name} <small>{where}</small></h2>\n"
        for (_, item), of_item in groupby(of_series, lambda row: (row.item_id, row.item)):
            yield f"<article><h3>{escape(item)}</h3><ul>\n"
            for row in of_item:
                counts[row.severity, row.code] += 1
                yield _finding(row)
            yield "</ul></article>\n"
        yield "</section>\n"
    yield f"</main>\n{_summary(counts)}</body>\n</html>\n"


def _switches() -> str:
    """Boxes that hide findings of a severity; style alone acts on them."""
    boxes = "".join(
        f'<label class="{severity}"><input type="checkbox" id="show-{severity}" checked> '
        f"{_PLURALS[severity]}</label>\n"
        for severity in _PLURALS
    )
    return f'<fieldset class="switches"><legend>Show</legend>{boxes}</fieldset>\n'


def _finding(row: Row) -> str:
    texts = {name: escape(text) for name, text in row.texts().items()}
    place = f' <span class="place">{texts["place"]}</span>' if texts["place"] else ""
    return (
        f'<li class="{row.severity}"><p><strong>{row.severity}</strong> {texts["message"]}{place}'
        f'</p><p class="remedy">{texts["remedy"]} <code>{texts["code"]}</code></p></li>\n'
    )


def _summary(counts: Counter[tuple[Severity, str]]) -> str:
    if not counts:
        return '<section class="summary"><p>Nothing was found.</p></section>\n'
    totals = Counter[Severity]()
    for (severity, _), count in counts.items():
        totals[severity] += count
    told = ", ".join(_told(totals[severity], severity) for severity in _PLURALS)
    order = list(_PLURALS)
    kinds = sorted(counts.items(), key=lambda one: (order.index(one[0][0]), -one[1], one[0][1]))
    lines = "".join(_counted(severity, code, count) for (severity, code), count in kinds)
    return (
        f'<section class="summary"><p>{told}</p>\n<details><summary>By code</summary><table>'
        '<thead><tr><th scope="col">Severity</th><th scope="col">Code</th>'
        f'<th scope="col">Findings</th></tr></thead><tbody>\n{lines}</tbody></table></details>'
        "</section>\n"
    )


def _counted(severity: Severity, code: str, count: int) -> str:
    return (
        f'<tr class="{severity}"><td><strong>{severity}</strong></td>'
        f"<td><code>{escape(code)}</code></td><td>{count}</td></tr>\n"
    )


def _told(count: int, severity: Severity) -> str:
    return f"{count} {severity if count == 1 else _PLURALS[severity]}"

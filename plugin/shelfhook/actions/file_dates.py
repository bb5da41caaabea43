"""The date that stands in brackets in a file's name: "Saga 001 (2012-03-14).cbz"."""

from __future__ import annotations

import re
from datetime import date

_BRACKETED = re.compile(
    r"[(\[]\s*(?P<year>(?:19|20)[0-9]{2})"
    r"(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?\s*[)\]]"
)


def said(name: str) -> str:
    """As much of a date as the name says ("2012", "2012-03", "2012-03-14"); "" if none.

    Two different dates (the series' and the issue's, say) count as none.
    """
    found = {
        "-".join(part for part in match.groups() if part)
        for match in _BRACKETED.finditer(name)
        if _first_day(match["year"], match["month"], match["day"])
    }
    return found.pop() if len(found) == 1 else ""


def first_day(said_: str) -> str:
    """The first day of a date that `said` gave: "2012" → "2012-01-01"."""
    year, month, day = (*said_.split("-"), "01", "01")[:3]
    return f"{year}-{month}-{day}"


def _first_day(year: str, month: str | None, day: str | None) -> date | None:
    try:
        return date(int(year), int(month or 1), int(day or 1))
    except ValueError:  # "(2012-31)" is no date
        return None

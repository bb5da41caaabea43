"""Finding items of a job by a part of their names, a bounded number of rows at a time.

An index for parts of words (FTS5 with trigrams, pg_trgm) would be three times as large as the names
and would have to be kept for every item of every job, on the way that each of them takes; most are
never searched. And PostgreSQL's is an extension that not everybody may install. So a page looks at
some ten thousand rows, which takes milliseconds, and the next one goes on from there.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Dialect, Select, func, or_, select, text

from shelfhook.model import Outcome
from shelfhook.store.engine import FOLD
from shelfhook.store.rows import storable
from shelfhook.store.tables import NOTABLE, job_items

MOST = 25_000
"""Rows that one page looks at: some 20 ms on SQLite."""
SCATTERED = 5_000
"""The same of an outcome's rows, which lie apart: each is found by an index and then fetched."""
INDEXED = frozenset((Outcome.CHANGED, Outcome.PLANNED, Outcome.SKIPPED, Outcome.FAILED))


class Span(NamedTuple):
    """Items of a job numbered above `after`, up to `until` if that is given."""

    job_num: int
    after: int
    until: int | None


def needs_end(search: str, outcome: Outcome | None) -> bool:
    """Whether rows must be looked at that a page will not show."""
    return bool(search) or (outcome is not None and outcome not in INDEXED)


def end(
    connection: Connection, job_num: int, outcome: Outcome | None, after: int, most: int
) -> int | None:
    """The last of the `most` rows that are looked at next; None if that is all there is."""
    most = min(most, SCATTERED) if outcome in INDEXED else most
    columns = [job_items.c.job_num == job_num, job_items.c.seq > after, *_indexed(outcome)]
    query = select(job_items.c.seq).where(*columns).order_by(job_items.c.seq)
    found = connection.execute(query.limit(2).offset(most - 1)).scalars().all()
    return int(found[0]) if len(found) == 2 else None


def query(
    dialect: Dialect, span: Span, outcome: Outcome | None, search: str, limit: int
) -> Select[tuple[object, ...]]:
    """The items of a span that fit, in order, at most `limit`."""
    job_num, after, until = span
    place = [job_items.c.job_num == job_num, job_items.c.seq > after]
    if until is not None:
        place.append(job_items.c.seq <= until)
    conditions = list(place)
    if outcome in INDEXED:
        # Asked for numbers alone the index has all that is wanted. Asked for whole rows, and
        # without statistics, SQLite would rather walk through the job.
        numbers = select(job_items.c.seq).where(*place, *_indexed(outcome))
        most = SCATTERED if search else limit
        numbers = numbers.order_by(job_items.c.seq).limit(most)
        conditions = [job_items.c.job_num == job_num, job_items.c.seq.in_(numbers)]
    elif outcome is not None:
        conditions.append(job_items.c.outcome == str(outcome))
    if search:
        conditions.append(_contains(dialect, storable(search)))
    return select(job_items).where(*conditions).order_by(job_items.c.seq).limit(limit)


def _indexed(outcome: Outcome | None) -> list[ColumnElement[bool]]:
    if outcome is None or outcome not in INDEXED:
        return []
    notable: ColumnElement[bool] = text(NOTABLE)  # type: ignore[assignment] # a text is a condition
    return [job_items.c.outcome == str(outcome), notable]


def _contains(dialect: Dialect, search: str) -> ColumnElement[bool]:
    """Name or series hold the text, whatever its case."""
    columns = (job_items.c.name, job_items.c.series)
    if search.isascii():  # SQLite's LIKE is blind to the case of English letters
        return or_(*(_like(dialect, one, search) for one in columns))
    if dialect.name == "sqlite":
        folded = search.casefold()
        return or_(*(func.instr(getattr(func, FOLD)(one), folded) > 0 for one in columns))
    # PostgreSQL's ILIKE knows the letters of the database's locale alone, and that may be C.
    either = "".join(_either(letter) for letter in search)
    return or_(*(one.regexp_match(either) for one in columns))


def _either(letter: str) -> str:
    """A letter as an expression that fits both its cases; anything else as it stands."""
    cases = {letter.lower(), letter.upper()}
    if letter.isalnum():
        return f"[{letter.lower()}{letter.upper()}]" if max(map(len, cases)) == 1 else letter
    return f"\\{letter}" if letter.isascii() else letter


def _like(dialect: Dialect, column: ColumnElement[str], search: str) -> ColumnElement[bool]:
    escaped = search.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    like = column.like if dialect.name == "sqlite" else column.ilike
    return like(f"%{escaped}%", escape="!")

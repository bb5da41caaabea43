"""What audits have found, to look through."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Row,
    Select,
    TextClause,
    func,
    select,
    text,
    tuple_,
    union_all,
)

from shelfhook import reports
from shelfhook.model import Finding, Severity
from shelfhook.store.rows import storable
from shelfhook.store.tables import CURRENT, findings, heartbeats, job_items, jobs

PAGE = 1_000
HOST = "host:"
"""How the names of the hosts' signs of life begin (see `Beat`)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with the item it is about.

    Attributes:
        library: id of the item's library, or of the job's where the item's is not known.
        series: the host's id; `series_title` is for people.
    """

    id: int
    job: str
    host: str
    library: str
    item_id: str
    name: str
    series: str
    series_title: str
    finding: Finding

    def row(self, libraries: Mapping[tuple[str, str], str]) -> reports.Row:
        """The same as a line of a report; `libraries` holds names by host and id."""
        return reports.Row.of(
            self.finding,
            job=self.job,
            host=self.host,
            library=libraries.get((self.host, self.library), self.library),
            series=self.series_title,
            item_id=self.item_id,
            item=self.name,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings: of a severity, with a code that begins like this, of an item; "" means all.

    Without a job those that hold now: of each item what its routine's last look has found.
    """

    job: int | None = None
    severity: str = ""
    code: str = ""
    item_id: str = ""
    after: int = 0


def _steps(whose: str) -> TextClause:
    """The pairs of severity and code among some findings: an index is asked once for each.

    (https://wiki.postgresql.org/wiki/Loose_indexscan; SQLite has no such thing either.)
    """
    first = f"FROM findings WHERE {whose} ORDER BY severity, code LIMIT 1"
    same = first.replace(" ORDER", " AND severity = p.severity AND code > p.code ORDER")
    after = first.replace(" ORDER", " AND severity > p.severity ORDER")
    severity = f"COALESCE((SELECT severity {same}), (SELECT severity {after}))"
    code = f"COALESCE((SELECT code {same}), (SELECT code {after}))"
    return text(
        "WITH RECURSIVE pairs (severity, code) AS"
        f" (SELECT * FROM (SELECT severity, code {first}) AS one"
        f" UNION ALL SELECT {severity}, {code} FROM pairs AS p WHERE p.severity IS NOT NULL)"
        " SELECT severity, code FROM pairs WHERE severity IS NOT NULL"
    )


KINDS_NOW = _steps(CURRENT)
KINDS_OF_JOB = _steps("job_num = :num")


class Findings:
    """Reads findings; they are written with their items' outcomes."""

    def __init__(self, reader: Engine) -> None:
        self._reader = reader

    def page(self, wanted: Wanted, limit: int) -> list[Found]:
        """Findings in the order they were recorded, from `wanted.after` (an id) on."""
        ids = self._ids(wanted, limit)
        if ids is None:
            return []
        query = _whole().where(findings.c.id.in_(ids)).order_by(findings.c.id)
        return [_found(row) for row in self._rows(query, limit)]

    def all(self, wanted: Wanted) -> Iterator[Found]:
        """All of them, item by item in the order of each job's listing; read page by page."""
        place = (findings.c.job_num, findings.c.seq, findings.c.id)
        query = _whole().where(*_alike(wanted)).order_by(*place)
        after = (0, -1, 0)
        while rows := self._rows(query.where(tuple_(*place) > after), PAGE):
            yield from (_found(row) for row in rows)
            after = (rows[-1].job_num, rows[-1].seq, rows[-1].id)

    def rows(self, wanted: Wanted) -> Iterator[reports.Row]:
        """All of them as lines of a report, with the libraries' names as their hosts told last."""
        names = self._libraries()
        return (found.row(names) for found in self.all(wanted))

    def counts(self, wanted: Wanted) -> dict[tuple[Severity, str], int]:
        """How many there are of each severity and code; an index alone tells it."""
        columns = (findings.c.severity, findings.c.code)
        query = select(*columns, func.count()).where(*_alike(wanted)).group_by(*columns)
        with self._reader.connect() as connection:
            return {
                (Severity(row[0]), str(row[1])): int(row[2]) for row in connection.execute(query)
            }

    def _ids(self, wanted: Wanted, limit: int) -> Any:
        """The ids of one page, as a query; None if there are none.

        A severity or the beginning of a code are a few pairs of both, and each of them is one walk
        along an index: no page looks at findings that it does not show.
        """
        first = select(findings.c.id).where(findings.c.id > wanted.after)
        first = first.order_by(findings.c.id).limit(limit)
        if wanted.item_id or not (wanted.severity or wanted.code):
            return first.where(*_alike(wanted))
        whose = _alike(Wanted(wanted.job))
        walks = [
            first.where(*whose, findings.c.severity == str(severity), findings.c.code == code)
            for severity, code in self._kinds(wanted)
        ]
        if not walks:
            return None
        every = union_all(*(select(walk.subquery().c.id) for walk in walks)).subquery()
        return select(every.c.id).order_by(every.c.id).limit(limit)

    def _kinds(self, wanted: Wanted) -> list[tuple[str, str]]:
        """The pairs of severity and code that are wanted, by steps from each to the next."""
        with self._reader.connect() as connection:
            query = KINDS_NOW if wanted.job is None else KINDS_OF_JOB
            values = {} if wanted.job is None else {"num": wanted.job}
            pairs = [(str(row[0]), str(row[1])) for row in connection.execute(query, values)]
        return [
            (severity, code)
            for severity, code in pairs
            if wanted.severity in ("", severity) and code.startswith(wanted.code)
        ]

    def _libraries(self) -> Mapping[tuple[str, str], str]:
        """Names of the libraries, by host and id, as the engine has published them."""
        query = select(heartbeats.c.name, heartbeats.c.detail)
        with self._reader.connect() as connection:
            beats = connection.execute(query.where(heartbeats.c.name.startswith(HOST))).all()
        return {
            (str(name).removeprefix(HOST), str(one["id"])): str(one["name"])
            for name, detail in beats
            for one in json.loads(detail).get("libraries") or ()
        }

    def _rows(self, query: Select[Any], limit: int) -> Sequence[Row[Any]]:
        with self._reader.connect() as connection:
            return connection.execute(query.limit(limit)).all()


def _whole() -> Select[Any]:
    of_item = (job_items.c.name, job_items.c.series.label("series_id"))
    of_job = (jobs.c.id.label("job"), jobs.c.host, jobs.c.library.label("of_job"))
    same = (findings.c.job_num == job_items.c.job_num) & (findings.c.seq == job_items.c.seq)
    return (
        select(findings, *of_item, *of_job)
        .select_from(findings)
        .join(job_items, same)
        .join(jobs, jobs.c.num == findings.c.job_num)
    )


def _alike(wanted: Wanted) -> list[ColumnElement[bool]]:
    """The conditions on a finding."""
    item = storable(wanted.item_id)
    found: list[ColumnElement[bool]] = []
    if wanted.job is None:
        found.append(text(f"findings.{CURRENT}"))  # type: ignore[arg-type] # a text is a condition
    else:
        found.append(findings.c.job_num == wanted.job)
    if item and wanted.job is not None:  # by its place: an index leads from the item to it
        of_it = (job_items.c.job_num == wanted.job) & (job_items.c.item_id == item)
        found.append(findings.c.seq == select(job_items.c.seq).where(of_it).scalar_subquery())
    elif item:
        found.append(findings.c.item_id == item)
    if wanted.severity:
        found.append(findings.c.severity == wanted.severity)
    if wanted.code:
        found.append(findings.c.code.startswith(wanted.code, autoescape=True))
    return found


def _found(row: Any) -> Found:
    finding = Finding(
        row.code, Severity(row.severity), row.message, row.remedy, row.place, row.action
    )
    return Found(
        id=row.id,
        job=row.job,
        host=row.host,
        library=row.library or row.of_job,
        item_id=row.item_id,
        name=row.name,
        series=row.series_id,
        series_title=row.series,
        finding=finding,
    )

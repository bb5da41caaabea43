"""What audits have found, to look through."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, func, select, tuple_

from shelfhook import reports
from shelfhook.model import Finding, Severity
from shelfhook.store.rows import storable
from shelfhook.store.tables import findings, heartbeats, item_states, job_items, jobs

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


class Findings:
    """Reads findings; they are written with their items' outcomes."""

    def __init__(self, reader: Engine) -> None:
        self._reader = reader

    def page(self, wanted: Wanted, limit: int) -> list[Found]:
        """Findings in the order they were recorded, from `wanted.after` (an id) on."""
        query = _chosen(_whole(), wanted).where(findings.c.id > wanted.after)
        return [_found(row) for row in self._rows(query.order_by(findings.c.id), limit)]

    def all(self, wanted: Wanted) -> Iterator[Found]:
        """All of them, item by item in the order of each job's listing; read page by page."""
        place = (findings.c.job_num, findings.c.seq, findings.c.id)
        query = _chosen(_whole(), wanted).order_by(*place)
        after = (0, -1, 0)
        while rows := self._rows(query.where(tuple_(*place) > after), PAGE):
            yield from (_found(row) for row in rows)
            after = (rows[-1].job_num, rows[-1].seq, rows[-1].id)

    def rows(self, wanted: Wanted) -> Iterator[reports.Row]:
        """All of them as lines of a report, with the libraries' names as their hosts told last."""
        names = self._libraries()
        return (found.row(names) for found in self.all(wanted))

    def counts(self, wanted: Wanted) -> dict[tuple[Severity, str], int]:
        """How many there are of each severity and code."""
        query = _chosen(select(findings.c.severity, findings.c.code, func.count()), wanted)
        query = query.group_by(findings.c.severity, findings.c.code)
        with self._reader.connect() as connection:
            return {
                (Severity(row[0]), str(row[1])): int(row[2]) for row in connection.execute(query)
            }

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
    of_item = (job_items.c.item_id, job_items.c.name, job_items.c.series.label("series_id"))
    of_job = (jobs.c.id.label("job"), jobs.c.host, jobs.c.library.label("of_job"))
    return select(findings, *of_item, *of_job)


def _chosen(query: Select[Any], wanted: Wanted) -> Select[Any]:
    of_item = (findings.c.job_num == job_items.c.job_num) & (findings.c.seq == job_items.c.seq)
    query = query.select_from(findings).join(job_items, of_item)
    query = query.join(jobs, jobs.c.num == findings.c.job_num)
    if wanted.job is not None:
        query = query.where(findings.c.job_num == wanted.job)
    else:
        same = (item_states.c.routine == jobs.c.routine) & (item_states.c.host == jobs.c.host)
        of_it = same & (item_states.c.item_id == job_items.c.item_id)
        query = query.join(item_states, of_it & (item_states.c.job_num == findings.c.job_num))
    if wanted.severity:
        query = query.where(findings.c.severity == wanted.severity)
    if wanted.code:
        query = query.where(findings.c.code.startswith(wanted.code, autoescape=True))
    if wanted.item_id:
        query = query.where(job_items.c.item_id == storable(wanted.item_id))
    return query


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

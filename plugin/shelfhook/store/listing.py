"""Which jobs a list shows, so that an index leads to each page of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select, union_all

from shelfhook.model import JobState, Trigger
from shelfhook.store.tables import jobs


class Chosen(NamedTuple):
    """Jobs in any of these states (none named: in all), of a routine, a host and a trigger."""

    states: tuple[JobState, ...] = ()
    routine: str = ""
    host: str = ""
    trigger: Trigger | None = None

    def alike(self) -> list[ColumnElement[bool]]:
        """The conditions but for the states."""
        pairs = (
            (jobs.c.routine, self.routine),
            (jobs.c.host, self.host),
            (jobs.c.trigger, self.trigger),
        )
        return [column == str(value) for column, value in pairs if value]


def page(wanted: Chosen, before: int | None, limit: int) -> Select[Any]:
    """One page, newest first.

    Several states are several walks through the index, each of at most a page, put together:
    otherwise all jobs in those states would be sorted for each page.
    """
    conditions = wanted.alike()
    if before is not None:
        conditions.append(jobs.c.num < before)
    states = tuple(dict.fromkeys(wanted.states))
    if len(states) == len(JobState):
        states = ()
    if len(states) > 1:
        walks = [
            _newest(select(jobs.c.num).where(*conditions, jobs.c.state == str(state)), limit)
            for state in states
        ]
        nums = union_all(*(select(walk.subquery().c.num) for walk in walks))
        return _newest(select(jobs).where(jobs.c.num.in_(nums)), limit)
    if states:
        conditions.append(jobs.c.state == str(states[0]))
    return _newest(select(jobs).where(*conditions), limit)


def begins(job_id: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions for ids that begin like this: the first two let an index find them.

    Ids are lower-case hexadecimal with hyphens, which sort alike in every collation.
    """
    stem = job_id.rstrip("-")
    after = stem[:-1] + chr(ord(stem[-1]) + 1)
    exactly = jobs.c.id.startswith(job_id, autoescape=True)
    return jobs.c.id >= stem, jobs.c.id < after, exactly


def _newest(query: Select[Any], limit: int) -> Select[Any]:
    return query.order_by(jobs.c.num.desc()).limit(limit)

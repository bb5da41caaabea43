"""Each series of a job is looked at once; every item is planned with what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from shelfhook.model import Change, Fields, Item
from shelfhook.ports import Host
from shelfhook.runner import planning


@dataclass(slots=True)
class SeriesPlan:
    """Which item looks at a series, and what will be different about it.

    The lock is held while the series is read and planned, so that the other items of the series
    wait for that; the host's own deadline ends it.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    seq: int | None = None
    after: Fields = field(default_factory=dict)
    mark: str = ""

    def foresee(self, series: Item, changes: Sequence[Change], host: Host) -> None:
        """Remember how the series will be."""
        after: dict[str, Any] = {}
        for change in changes:
            if planning.is_about(change, series):
                after.update(change.after)
        self.after = after
        foreseen = replace(series, fields={**series.fields, **after})
        self.mark = planning.series_mark(host.fingerprint(foreseen)) if after else ""


class SeriesPlans:
    """The series of one job. Grows with their number, a lock each; not with the items."""

    def __init__(self) -> None:
        self._plans: dict[str, SeriesPlan] = {}
        self._looking: dict[int, SeriesPlan] = {}

    @contextmanager
    def of(self, series_id: str) -> Iterator[SeriesPlan]:
        """A series' plan, held."""
        plan = self._plans.setdefault(series_id, SeriesPlan())  # atomic
        with plan.lock:
            yield plan

    def is_for(self, plan: SeriesPlan, seq: int) -> bool:
        """Whether this item looks at the series: the first one, also when it tries again."""
        if plan.seq is None:
            plan.seq = seq
            self._looking[seq] = plan
        return plan.seq == seq

    def give_up(self, seq: int) -> None:
        """The item that looked at a series has failed: let the next one look."""
        plan = self._looking.pop(seq, None)
        if plan is not None:
            plan.seq = None

    def mark(self, series_id: str) -> str:
        """What will tell that a series stayed as this job leaves it; "" if it leaves it alone."""
        plan = self._plans.get(series_id)
        return plan.mark if plan else ""

    def as_planned(self, series: Item) -> Item:
        """A series as it will be."""
        plan = self._plans.get(series.id)
        return replace(series, fields={**series.fields, **plan.after}) if plan else series


class ForeseeingHost:
    """A host whose series look as the job will leave them; all else is the host's."""

    def __init__(self, host: Host, plans: SeriesPlans) -> None:
        self._host = host
        self._plans = plans

    def series(self, series_id: str) -> Item:
        """One series, read fresh, as it will be."""
        return self._plans.as_planned(self._host.series(series_id))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

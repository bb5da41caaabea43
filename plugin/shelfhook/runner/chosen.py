"""Which items a job works on, and why it leaves others alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from shelfhook.errors import Gone
from shelfhook.model import Item, ItemRef, ItemState, Job, LedgerItem
from shelfhook.ports import Host
from shelfhook.rules import marked
from shelfhook.runner.planning import series_mark
from shelfhook.runner.skips import Skips
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store

UNCHANGED = "it has not changed since the last run, which left it so"


def fits(ref: ItemRef, routine: RoutineSettings) -> bool:
    """Whether a routine's filter lets an item pass."""
    chosen = routine.filter
    return (
        _like(ref.name, chosen.name)
        and _like(ref.series_name, chosen.series)
        and (not chosen.status or ref.status in chosen.status)
    )


def _like(name: str, glob: str) -> bool:
    return not glob or fnmatchcase(name.casefold(), glob.casefold())


@dataclass(slots=True)
class LeftOut:
    """Says of the books of a series why a job does nothing with them. For all its workers.

    Attributes:
        only: gives the ids of the job's items where they were chosen one by one; else None.
    """

    job: Job
    routine: RoutineSettings
    host: Host
    store: Store
    skips: Skips
    only: Callable[[], frozenset[str]] | None = None
    _ids: frozenset[str] | None = None
    _asking: threading.Lock = field(default_factory=threading.Lock)
    """Held while `only` is called, once; that reads the store and nothing else."""

    def reasons(self, series_id: str, books: Sequence[Item]) -> list[str]:
        """For each book the reason; "" where the job works on it."""
        if self.only is not None:
            ids = self._chosen(self.only)
            return ["" if one.id in ids else "this job is not about it" for one in books]
        mark = self._mark(series_id)
        known = self.store.states.of(self.job.routine, self.job.host, [one.id for one in books])
        return [self._reason(_ref(one, mark), known.get(one.id)) for one in books]

    def _reason(self, ref: ItemRef, known: ItemState | None) -> str:
        if not fits(ref, self.routine):
            return "the routine's filter leaves it out"
        entry = LedgerItem(0, ref, None, "", 0, 0.0, known)
        skipped = self.skips.skipped(entry)
        return "" if skipped is None else skipped.reason or UNCHANGED

    def _chosen(self, only: Callable[[], frozenset[str]]) -> frozenset[str]:
        with self._asking:
            if self._ids is None:
                self._ids = only()
            return self._ids

    def _mark(self, series_id: str) -> str:
        """What the listing of the job has put beside the fingerprints of the series' books."""
        if not self.routine.only_changed:
            return ""
        try:
            return series_mark(self.host.series(series_id).fingerprint)
        except Gone:
            return ""


def _ref(book: Item, mark: str) -> ItemRef:
    fingerprint = marked(book.fingerprint, mark)
    return ItemRef(book.id, book.name, book.series, book.series_name, book.status, fingerprint)

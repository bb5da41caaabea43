"""What a host makes by itself of what we had it do: changes of the job, so that undo knows them.

Komga, told to analyse a book whose file was changed, reads the file's ComicInfo.xml over all fields
that are not locked, those of the series among them. So both are written down just before the
command, and compared once the host has worked off its queue.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from shelfhook.errors import Gone
from shelfhook.model import BY_HOST, Change, ChangeKind, ChangeState, Item, LedgerChange, LedgerItem
from shelfhook.ports import Host
from shelfhook.runner import planning
from shelfhook.store.changes import Looked
from shelfhook.store.ledger import Ledger


def is_open(row: LedgerChange) -> bool:
    """Whether a change stands for what the host may make, and was not looked at yet."""
    return row.change.action == BY_HOST and row.state is ChangeState.INTENDED


class HostMade:
    """Writes down and compares for one job; called by all its workers, each with its own item.

    A series is written down once in a job, before the first command to any of its books: the lock
    makes the other workers wait for that, and guards which series are done. It is held during one
    read and one commit, and never while a command is given.

    Args:
        job_num: the job.
        host: where it works.
        ledger: where it writes.
    """

    def __init__(self, job_num: int, host: Host, ledger: Ledger) -> None:
        self._job_num = job_num
        self._host = host
        self._ledger = ledger
        self._noting = threading.Lock()
        self._done: set[str] = set()
        self._places: dict[str, int] | None = None

    def before_commands(self, entry: LedgerItem, rows: Sequence[LedgerChange]) -> None:
        """Write down, durably, how the book and its series are before a command is given.

        Raises:
            Gone: the book is no longer there.
        """
        if any(is_open(row) and row.change.entity == "book" for row in rows):
            return  # an earlier attempt, or a run before a crash, has done it
        book = self._host.item(entry.item.id)
        if book.series:
            self._note_series(book.series, entry.seq)
        self._note(entry.seq, book)

    def look(self, entry: LedgerItem, *, settled: bool) -> None:
        """Compare, and write down what the host has changed.

        Args:
            settled: the host has done all that it had to do: how the book is now is how we left it.
        """
        looked: list[Looked] = []
        for row in self._ledger.changes_of(self._job_num, [entry.seq]):
            if not is_open(row):
                continue
            read = self._host.series if row.change.entity == "series" else self._host.item
            try:
                now = read(row.change.entity_id)
            except Gone:
                looked.append(Looked(row.id, {}, {}, ""))
                continue
            looked.append(self._compared(row, now))
            if settled and now.entity == "book":
                self._ledger.settle(self._host.name, {now.id: self._host.fingerprint(now)})
        self._ledger.looked(looked)

    def _compared(self, row: LedgerChange, now: Item) -> Looked:
        """What is another now, but for what a person has edited.

        The host leaves a locked field alone; so if such a one is another, somebody wrote it.
        """
        was = row.change.before
        names = [
            name
            for name in was
            if name not in now.locks and not planning.alike(was[name], now.fields.get(name))
        ]
        before = {name: was[name] for name in names}
        after = {name: now.fields.get(name) for name in names}
        return Looked(row.id, before, after, planning.digest(self._host.fingerprint(now)))

    def _note_series(self, series_id: str, seq: int) -> None:
        with self._noting:
            if self._places is None:
                self._places, self._done = self._ledger.series_places(self._job_num)
            if series_id in self._done:
                return
            try:
                series = self._host.series(series_id)
            except Gone:
                return
            # With the item that has the job's own changes of the series: undo takes back the
            # changes of one item in their order, and items in none.
            self._note(self._places.get(series_id, seq), series)
            self._done.add(series_id)

    def _note(self, seq: int, was: Item) -> None:
        locks = {self._host.lock(was.entity, name) for name in was.fields}  # never changes those
        fields = {name: value for name, value in was.fields.items() if name not in locks}
        change = Change(ChangeKind.FIELDS, was.entity, was.id, before=fields, action=BY_HOST)
        self._ledger.note(self._job_num, seq, [(change, ChangeState.INTENDED, "")])


def unknown(row: LedgerChange, now: Item) -> str:
    """Why undo leaves alone what the host may have made, for people."""
    told = planning.unlike(now, row.change.before)
    return (
        f"the {now.entity} {now.name!r} is not as it was before the host was told to look at it,"
        f" and the job ended before it could compare: {told}"
    )

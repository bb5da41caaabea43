"""What earlier jobs have left of each item: done with as it is, or failing again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select, text

from shelfhook.model import ItemState
from shelfhook.store.notes import forget_all
from shelfhook.store.rows import among, pack_ids, storable
from shelfhook.store.tables import FAILING, item_states
from shelfhook.store.writer import Writer


@dataclass(frozen=True, slots=True)
class Failing:
    """An item that has failed in `failures` jobs of a routine in a row."""

    routine: str
    host: str
    item_id: str
    name: str
    failures: int
    reason: str
    since: float


class ItemStates:
    """Reads what `record` keeps of the items; releases what was set aside."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader

    def any(self, routine: str, host: str) -> bool:
        """Whether anything is known; the first run of a routine need not ask for each page."""
        query = (
            select(item_states.c.item_id)
            .where(item_states.c.routine == routine, item_states.c.host == host)
            .limit(1)
        )
        with self._reader.connect() as connection:
            return connection.execute(query).first() is not None

    def of(self, routine: str, host: str, item_ids: Sequence[str]) -> dict[str, ItemState]:
        """What is known of some items."""
        query = text(
            "SELECT item_id, fingerprint, recipe, failures, reason FROM item_states"
            " WHERE routine = :routine AND host = :host AND item_id IN"
            f" {among(self._reader.dialect.name)}"
        )
        values = {"routine": routine, "host": host, "ids": pack_ids(item_ids)}
        with self._reader.connect() as connection:
            return {row[0]: ItemState(*row[1:]) for row in connection.execute(query, values)}

    def failing(
        self, at_least: int, *, limit: int = 200, after: tuple[str, str, str] = ("", "", "")
    ) -> list[Failing]:
        """Items that failed so often in a row; `after` is host, routine and id of the last one."""
        query = text(
            "SELECT routine, host, item_id, name, failures, reason, since FROM item_states"
            f" WHERE {FAILING} AND failures >= :least AND (host, routine, item_id) > (:h, :r, :i)"
            " ORDER BY host, routine, item_id LIMIT :limit"
        )
        host, routine, item_id = after
        values = {"least": at_least, "h": host, "r": routine, "i": item_id, "limit": limit}
        with self._reader.connect() as connection:
            return [Failing(*row) for row in connection.execute(query, values)]

    def release(self, host: str, item_id: str, routine: str = "") -> int:
        """Forget what is known of an item (of all routines, if none is named); gives how many."""
        return self._writer.call(forget_all, (host, storable(item_id), routine))

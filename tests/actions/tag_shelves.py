"""Books, series and hosts with tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.actions.tags import Tags
from shelfhook.hosts.komga.normal import normal
from shelfhook.model import Change, Fields, Item, Value
from shelfhook.ports import Planned
from tests.actions.hosts import ShelfHost
from tests.support.contexts import context


class KomgaLike(ShelfHost):
    """Stores words as Komga does: lower case, sorted. Counts how often a series is read."""

    def __init__(self, *items: Item) -> None:
        super().__init__(*items)
        self.series_read = 0

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        return normal(entity, field, value)

    def series(self, series_id: str) -> Item:
        self.series_read += 1
        return super().series(series_id)


HOSTS = (ShelfHost, KomgaLike)


def book(*tags: str, locks: Sequence[str] = (), **fields: Value) -> Item:
    return Item(
        id="B1",
        name="Saga 001.cbz",
        series="S1",
        series_name="Saga",
        path="/data/Comics/Saga/Saga 001.cbz",
        fields={"title": "Saga #1", "tags": list(tags), **fields},
        locks=frozenset(locks),
    )


def series(*tags: str, locks: Sequence[str] = (), **fields: Value) -> Item:
    empty: Fields = {
        "title": "Saga",
        "tags": list(tags),
        "genres": [],
        "publisher": "Image",
        "language": "en",
        "ageRating": None,
        "readingDirection": None,
    }
    return Item(
        id="S1",
        name="Saga (2012)",
        path="/data/Comics/Saga (2012)",
        entity="series",
        fields={**empty, **fields},
        locks=frozenset(locks),
    )


def planned(item: Item, host: ShelfHost, parameters: Mapping[str, object]) -> list[Planned]:
    action = Tags(TagsParameters.model_validate(parameters))
    plan = action.plan if item.entity == "book" else action.plan_series
    return list(plan(item, context(host)))


def after(item: Item, host: ShelfHost | None = None, **parameters: object) -> Fields:
    """The new values; asserts that there is at most one change, and no finding."""
    plan = planned(item, host or ShelfHost(item), parameters)
    changes = [one for one in plan if isinstance(one, Change)]
    assert len(plan) == len(changes) <= 1
    return changes[0].after if changes else {}

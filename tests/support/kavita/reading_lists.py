"""The fake's reading lists."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.kavita import shapes
from tests.support.kavita.shapes import Doc
from tests.support.kavita.world import World
from tests.support.kavita.writes import Refusal, normalized


def create(world: World, title: str) -> Doc:
    """A new list; Kavita wants its title to be another than all others'."""
    if not title.strip():
        raise Refusal("reading-list-title-required")
    if any(normalized(one["title"]) == normalized(title) for one in world.lists.values()):
        raise Refusal("reading-list-name-exists")
    number = world.next_id("list")
    world.lists[number] = shapes.reading_list(number, title)
    world.list_items[number] = []
    return world.lists[number]


def items(world: World, number: int) -> Iterator[Doc]:
    """The items in their order; those whose chapter has gone are gone, too."""
    for order, (item, chapter) in enumerate(world.list_items.get(number, [])):
        if (found := world.chapters.get(chapter)) is not None:
            series = world.series_of(chapter)
            assert series is not None
            yield shapes.list_item(item, number, order, found, series)


def add(world: World, dto: Doc) -> None:
    """`update-by-chapter`: at the end, if it is not there already."""
    there = _known(world, dto["readingListId"])
    series = world.series_of(dto["chapterId"])
    if series is None or series["id"] != dto["seriesId"]:
        raise Refusal("chapter-doesnt-exist")
    if dto["chapterId"] not in [chapter for _, chapter in there]:
        there.append((world.next_id("list item"), dto["chapterId"]))


def take_off(world: World, dto: Doc) -> None:
    """`delete-item`."""
    there = _known(world, dto["readingListId"])
    there[:] = [one for one in there if one[0] != dto["readingListItemId"]]


def remove(world: World, number: int) -> None:
    """`DELETE`."""
    _known(world, number)
    del world.lists[number], world.list_items[number]


def _known(world: World, number: int) -> list[tuple[int, int]]:
    if number not in world.lists:
        raise Refusal("reading-list-permission")
    return world.list_items[number]

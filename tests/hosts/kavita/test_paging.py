"""Listings of any length, while the library changes."""

from __future__ import annotations

import json
import tracemalloc

from shelfhook.hosts.calls import Call, Json
from shelfhook.hosts.kavita import KavitaHost, paging
from shelfhook.hosts.kavita.documents import Dto
from tests.support.kavita import KavitaServer, shapes


def test_each_series_costs_a_call_and_pages_are_filled_across_them(
    old: KavitaServer, host: KavitaHost
) -> None:
    for number in range(4):
        old.world.add_series(1, f"Series {number}", issues=2)
    pages = list(host.pages("1", size=4))
    assert [len(page.refs) for page in pages] == [4, 4, 3]
    assert old.count()["GET /api/Series/volumes"] == 5


def test_a_series_that_goes_meanwhile_hides_no_other() -> None:
    there = list(range(1, 11))

    def paged(call: Call) -> tuple[list[Dto], int]:
        number = int(call.path.partition("PageNumber=")[2].partition("&")[0])
        rows: list[Dto] = [{"id": one} for one in there[(number - 1) * 3 : number * 3]]
        return rows, len(there)

    found = []
    for one in paging.series(paged, "1", size=3):
        found.append(one["id"])
        if one["id"] == 4:
            there.remove(2)  # all behind it move up by one: 7 to the page that we have
    assert found == list(range(1, 11))


def test_a_series_without_volumes_and_one_that_has_gone_give_nothing(
    old: KavitaServer, host: KavitaHost
) -> None:
    old.world.add_series(1, "Empty")
    assert [len(page.refs) for page in host.pages("1", size=10)] == [3]


def test_memory_does_not_grow_with_the_library() -> None:
    count, per_series = 8_000, 20
    volume = {
        "chapters": [
            shapes.chapter(n, 1, n, f"/b/{n}.cbz", "2024-01-01") for n in range(per_series)
        ]
    }

    def ask(call: Call) -> Json:
        found: Json = json.loads(json.dumps([volume]))
        return found

    def paged(call: Call) -> tuple[list[Dto], int]:
        number = int(call.path.partition("PageNumber=")[2].partition("&")[0])
        first = (number - 1) * paging.SERIES_PAGE
        rows: list[Dto] = [{"id": first + n, "name": "S"} for n in range(1, paging.SERIES_PAGE + 1)]
        return rows, count // per_series

    seen, held = 0, []
    tracemalloc.start()
    try:
        for page in paging.pages(ask, paged, "1", 500, fingerprints=False):
            seen += len(page.refs)
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert seen == count
    assert held[-1] - held[2] < 200_000

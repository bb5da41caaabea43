"""What is new, asked for where the hub is out of reach."""

from __future__ import annotations

import json

from shelfhook.hosts.kavita import KavitaHost
from shelfhook.ports import Sign, Tiding
from tests.support.kavita import KavitaServer


def test_what_came_is_told_by_series_old_and_new(old: KavitaServer, host: KavitaHost) -> None:
    for number in range(120):  # more than fit on a page
        old.world.add_series(1, f"Series {number}", issues=1)
    cursor = host.news("1", "", 10).cursor
    one = old.world.add_chapter(1)
    other = old.world.add_chapter(old.world.add_series(1, "Brand new"))
    told = host.news("1", cursor, 10)
    assert told.tidings == [Tiding(Sign.ADDED, "1", str(n)) for n in (one, other)]
    assert told.complete
    assert list(host.news("1", told.cursor, 10).tidings) == []


def test_an_end_of_a_scan_is_told_after_what_it_found(old: KavitaServer, host: KavitaHost) -> None:
    cursor = host.news("1", "", 10).cursor
    number = old.world.add_chapter(1)
    old.world.scan_library(1)
    told = host.news("1", cursor, 10)
    assert told.tidings == [Tiding(Sign.ADDED, "1", str(number)), Tiding(Sign.SCANNED, "1")]


def test_another_librarys_news_are_not_ours(old: KavitaServer, host: KavitaHost) -> None:
    cursor = host.news("1", "", 10).cursor
    other = old.world.add_library("Manga")
    old.world.add_series(other, "Akira", issues=2)
    old.world.scan_library(other)
    assert list(host.news("1", cursor, 10).tidings) == []


def test_a_quiet_library_costs_two_calls(old: KavitaServer, host: KavitaHost) -> None:
    cursor = host.news("1", "", 10).cursor
    old.requests.clear()
    host.news("1", cursor, 10)
    assert sorted(old.count()) == ["GET /api/Library/libraries", "POST /api/Series/v2"]


def test_a_library_that_has_gone_has_no_news(old: KavitaServer, host: KavitaHost) -> None:
    cursor = host.news("1", "", 10).cursor
    old.world.libraries.clear()
    old.world.remove_series(1)
    told = host.news("1", cursor, 10)
    assert (list(told.tidings), json.loads(told.cursor)) == ([], json.loads(cursor))

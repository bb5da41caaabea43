"""Full replaces, made so that nothing else is lost."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shelfhook.errors import Gone, Permanent, Transient
from shelfhook.hosts.kavita import KavitaHost
from tests.hosts.kavita.conftest import a_host
from tests.support.kavita import KavitaServer
from tests.support.kavita.api import Told
from tests.support.kavita.shapes import Doc


@pytest.fixture
def fresh(new: KavitaServer) -> Iterator[KavitaHost]:
    found = a_host(new)
    yield found
    found.close()


def chapter(server: KavitaServer, number: int = 1) -> Doc:
    return server.world.chapters[number]


def writes(server: KavitaServer) -> list[Any]:
    return [body for method, path, body in server.sent if path.endswith(("update", "metadata"))]


def test_all_other_values_and_locks_stay(old: KavitaServer, host: KavitaHost) -> None:
    held = chapter(old)
    ann, drama = {"id": 7, "name": "Ann"}, {"id": 1, "title": "Drama"}
    old.world.spelt |= {("people", "ann"): ann, ("genres", "drama"): drama}
    held.update(summary="s", language="en", writers=[ann], writerLocked=True)
    held.update(genres=[drama], summaryLocked=True)
    held.update(releaseDate="2020-01-02T10:11:12", webLinks="https://a.test", ageRating=11)
    before = copy.deepcopy(held)
    host.write("book", "1", {"title": "New"})
    changed = {name for name in before if held[name] != before[name]}
    hidden = {"titleNameLocked", "releaseDateLocked"}  # there is something to keep in them
    assert changed == {"titleName", "lastModifiedUtc", *hidden}


def test_what_a_later_kavita_shows_goes_back_as_it_came(
    old: KavitaServer, host: KavitaHost
) -> None:
    chapter(old)["aniListId"] = 17
    host.write("book", "1", {"title": "New"})
    body = next(b for _, path, b in old.sent if path == "/api/Chapter/update")
    assert body["aniListId"] == 17


def test_a_locked_value_outlives_a_scan_and_an_open_one_does_not(
    old: KavitaServer, host: KavitaHost
) -> None:
    host.write("book", "1", {"tags": ["mine"], host.lock("book", "tags"): True, "genres": ["gone"]})
    old.world.scan_library(1)
    found = host.item("1")
    assert (found.fields["tags"], found.fields["genres"]) == (["mine"], [])
    assert found.locks >= {"tags"}


def test_a_title_outlives_a_scan_though_nobody_can_see_its_lock(
    old: KavitaServer, host: KavitaHost
) -> None:
    host.item("1")
    assert host.lock("book", "title") == ""
    host.write("book", "1", {"title": "Ours"})
    host.write("book", "1", {"summary": "a write that names no title"})
    old.world.scan_library(1)
    assert host.item("1").fields["title"] == "Ours"
    assert not chapter(old)["isbnLocked"], "there is nothing to keep"
    assert not chapter(old)["sortOrderLocked"], "it is the chapter's number"
    host.write("book", "1", {"sortOrder": 9.5})
    old.world.scan_library(1)
    assert host.item("1").fields["sortOrder"] == 9.5


def test_where_the_lock_of_a_title_is_shown_it_is_kept_as_it_is(
    new: KavitaServer, fresh: KavitaHost
) -> None:
    fresh.item("1")
    assert fresh.lock("book", "title") == "titleNameLocked"
    fresh.write("book", "1", {"title": "Open"})
    assert not chapter(new)["titleNameLocked"]


def test_people_of_a_series_are_written_though_they_are_locked(
    old: KavitaServer, host: KavitaHost
) -> None:
    found = old.world.metadata[1]
    found.update(writers=[{"id": 1, "name": "Old"}], writerLocked=True, editorLocked=True)
    host.write("series", "1", {"writers": ["New One"]})
    assert [one["name"] for one in found["writers"]] == ["New One"]
    assert found["writerLocked"]
    assert found["editorLocked"]


def test_locks_are_set_again_when_the_write_that_needed_them_open_fails(
    old: KavitaServer, host: KavitaHost
) -> None:
    found = old.world.metadata[1]
    found.update(writers=[{"id": 1, "name": "Old"}], writerLocked=True)
    written = 0

    def second_fails() -> None:
        nonlocal written
        written += 1
        if written == 2:
            old.faults.append(Told(raw=b'"generic-error"', status=400))

    old.before_write = second_fails
    with pytest.raises(Transient):
        host.write("series", "1", {"writers": ["New One"]})
    assert [one["name"] for one in found["writers"]] == ["Old"]
    assert found["writerLocked"]
    host.write("series", "1", {"writers": ["New One"]})
    assert [one["name"] for one in found["writers"]] == ["New One"]
    assert found["writerLocked"]


def test_names_and_metadata_of_a_series_go_different_ways(
    old: KavitaServer, host: KavitaHost
) -> None:
    host.write("series", "1", {"titleSort": "saga, the", "summary": "s"})
    assert old.world.series[1]["sortName"] == "saga, the"
    assert old.world.metadata[1]["summary"] == "s"
    assert host.series("1").fields["titleSort"] == "saga, the"


def test_nothing_to_change_is_no_write(old: KavitaServer, host: KavitaHost) -> None:
    host.write("book", "1", {"tags": ["a"], "title": "T", "tagsLocked": True})
    count = old.count()["POST /api/Chapter/update"]
    host.write("book", "1", {"tags": ["A "], "title": " T", "tagsLocked": True})
    assert old.count()["POST /api/Chapter/update"] == count == 1


def test_writes_come_one_after_the_other(old: KavitaServer) -> None:
    host = a_host(old, budget=8)
    met = threading.Event()
    old.before_write = lambda: (met.wait(0.05), None)[1]  # long enough for another to come in
    start = threading.Barrier(8)

    def add(number: int) -> None:
        start.wait(10)
        host.write("book", str(number % 3 + 1), {"summary": f"of {number}"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    assert old.count()["POST /api/Chapter/update"] == 8
    assert old.most_at_once == 1
    host.close()


def test_what_is_not_there_is_gone_whenever_it_went(old: KavitaServer, host: KavitaHost) -> None:
    for entity in ("book", "series"):
        with pytest.raises(Gone):
            host.write(entity, "99", {"summary": "x"})
    # between the look and the write
    old.before_write = lambda: old.world.remove_chapter(1)
    with pytest.raises(Gone):
        host.write("book", "1", {"summary": "x"})


def test_a_400_over_a_busy_database_may_be_tried_again(old: KavitaServer, host: KavitaHost) -> None:
    old.faults.append(Told(raw=b'"generic-error"', status=400))
    with pytest.raises(Transient, match="generic-error"):
        host.write("book", "1", {"summary": "x"})
    host.write("book", "1", {"summary": "x"})
    assert host.item("1").fields["summary"] == "x"


def test_a_400_that_did_the_work_is_none(old: KavitaServer, host: KavitaHost) -> None:
    def done() -> None:
        chapter(old)["summary"] = "x"
        old.faults.append(Told(raw=b'"generic-error"', status=400))

    old.before_write = done
    host.write("book", "1", {"summary": "x"})


def test_a_200_that_did_not_do_it_is_told(old: KavitaServer, host: KavitaHost) -> None:
    old.faults.append(Told(raw=b""))
    with pytest.raises(Permanent, match="left as it was: summary"):
        host.write("book", "1", {"summary": "x"})


@pytest.mark.parametrize("field", ["genres", "tags", "writers"])
def test_an_old_kavita_cannot_empty_a_chapters_lists_and_a_new_one_can(
    old: KavitaServer, host: KavitaHost, new: KavitaServer, fresh: KavitaHost, field: str
) -> None:
    for one in (host, fresh):
        one.write("book", "1", {field: ["something"]})
    with pytest.raises(Permanent, match=rf"{field}.*before 0\.8\.9"):
        host.write("book", "1", {field: []})
    fresh.write("book", "1", {field: []})
    assert fresh.item("1").fields[field] == []


def test_a_word_that_kavita_spells_otherwise_is_written_once(
    old: KavitaServer, host: KavitaHost
) -> None:
    before = host.item("1")
    host.write("book", "1", {"tags": ["Sci-Fi"]})
    found = host.item("1")
    assert found.fields["tags"] == ["scifi"], "a new tag of a chapter loses its signs"
    assert host.normalise("book", "tags", ["Sci-Fi", "SCI FI"]) == found.fields["tags"]
    assert host.fingerprint(found) != before.fingerprint


def test_a_word_that_the_server_knows_is_spelt_as_there(
    old: KavitaServer, host: KavitaHost
) -> None:
    old.world.spelt["tags", "scifi"] = {"id": 1, "title": "Sci Fi"}
    host.item("1")
    assert host.normalise("book", "tags", ["SCI-FI", "other"]) == ["other", "Sci Fi"]


@pytest.mark.parametrize(
    ("entity", "fields", "said"),
    [
        ("book", {"number": "1"}, "no field 'number'"),
        ("book", {"teamLocked": True}, "no field 'teamLocked'"),
        ("volume", {"title": "x"}, "no metadata of a 'volume'"),
        ("book", {"releaseDate": "2020-02-30"}, "no date"),
        ("book", {"ageRating": "Old"}, "no 'Old'"),
        ("book", {"tags": ["?"]}, "neither a letter nor a digit"),
        ("series", {"releaseYear": 12}, "no year"),
        ("series", {"titleSort": "x", "releaseYear": 12}, "no year"),
        ("series", {"titleSort": "x", "tags": [["a"]]}, "no text"),
    ],
)
def test_what_kavita_cannot_take_is_refused_before_anything_is_sent(
    old: KavitaServer, host: KavitaHost, entity: str, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(Permanent, match=said):
        host.write(entity, "1", fields)
    assert not [b for m, path, b in old.sent if m == "POST" and "login" not in path]

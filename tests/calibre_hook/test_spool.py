"""Events on the disk: none is lost, none is sent under two names, and there is an end to them."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from calibre_hook.names import Event, added, scanned
from calibre_hook.spool import BATCH, FORGOTTEN, MOST_EVENTS, MOST_REFUSED, Spool
from tests.calibre_hook.process import process


def drained(spool: Spool) -> list[Event]:
    found = []
    while batch := spool.next_batch():
        found += spool.read(batch)
        spool.done(batch)
    return found


def fill(spool: Spool, count: int, library: str = "lib") -> list[Event]:
    events = [added(library, book) for book in range(count)]
    for event in events:
        spool.add(event)
    return events


def test_events_come_out_in_the_order_in_which_they_went_in(spool: Spool) -> None:
    events = fill(spool, BATCH + 3)
    assert drained(spool) == events
    assert list(spool.folder.iterdir()) == []


def test_nothing_comes_out_of_a_spool_that_is_not_there(spool: Spool) -> None:
    assert (spool.next_batch(), spool.waiting()) == (None, 0)
    spool.tidy()


def test_a_batch_is_the_same_until_it_is_done(spool: Spool) -> None:
    events = fill(spool, 3)
    batch = spool.next_batch()
    assert batch is not None
    spool.add(added("lib", 99))
    again = Spool(spool.folder)  # what another process, or this one after a crash, sees
    assert again.next_batch() == batch
    assert again.read(batch) == events


def test_a_batch_that_a_crash_left_half_made_is_gone_on_with(spool: Spool) -> None:
    events = fill(spool, 3)
    filling = spool.folder / "filling"
    filling.mkdir()
    first = min(spool.folder.glob("*.json"))
    first.rename(filling / first.name)
    assert spool.waiting() == 3
    assert drained(spool) == events


def test_a_batch_that_was_made_but_for_its_name_is_found_without_new_events(spool: Spool) -> None:
    events = fill(spool, 1)
    (spool.folder / "filling").mkdir()
    (first,) = spool.folder.glob("*.json")
    first.rename(spool.folder / "filling" / first.name)
    assert drained(spool) == events


def test_a_batch_that_another_process_has_sent_is_empty(spool: Spool) -> None:
    fill(spool, 2)
    batch = spool.next_batch()
    assert batch is not None
    Spool(spool.folder).done(batch)
    assert spool.read(batch) == []
    spool.done(batch)
    spool.split(batch)
    spool.refuse(batch)
    assert spool.waiting() == 0


def test_half_a_sent_batch_that_a_crash_left_is_never_sent_again(spool: Spool) -> None:
    fill(spool, 3)
    batch = spool.next_batch()
    assert batch is not None
    batch.rename(spool.folder / batch.name.replace("batch-", "sent-"))
    assert spool.next_batch() is None
    spool.tidy()
    assert list(spool.folder.iterdir()) == []


def test_a_split_batch_goes_one_by_one_after_what_else_waits(spool: Spool) -> None:
    events = fill(spool, 3)
    batch = spool.next_batch()
    assert batch is not None
    spool.split(batch)
    later = added("lib", 99)
    spool.add(later)
    batches = []
    while batch := spool.next_batch():
        batches.append(spool.read(batch))
        spool.done(batch)
    assert batches == [[later], *([event] for event in events)]


def test_only_the_latest_refused_batches_are_kept(spool: Spool) -> None:
    for book in range(MOST_REFUSED + 5):
        spool.add(added("lib", book))
        batch = spool.next_batch()
        assert batch is not None
        spool.refuse(batch)
    kept = sorted(spool.folder.iterdir())
    assert len(kept) == MOST_REFUSED
    assert spool.read(kept[-1]) == [added("lib", MOST_REFUSED + 4)]
    assert spool.waiting() == 0


def test_beyond_its_bound_one_scan_stands_for_all_books_of_a_library(spool: Spool) -> None:
    small = Spool(spool.folder, most=5)
    fill(small, 9, "one")
    fill(small, 4, "two")
    found = drained(small)
    assert found[:5] == [added("one", book) for book in range(5)]
    assert sorted(found[5:], key=lambda event: event["library"]) == [scanned("one"), scanned("two")]


def test_once_there_is_room_again_single_events_are_kept_again(spool: Spool) -> None:
    small = Spool(spool.folder, most=2)
    fill(small, 4)
    drained(Spool(spool.folder))  # by another process
    small.add(added("lib", 7))
    assert drained(small) == [added("lib", 7)]


def test_ten_thousand_waiting_events_are_the_bound(spool: Spool) -> None:
    spool.folder.mkdir()
    for book in range(MOST_EVENTS):  # as `add` leaves them, but without its 10,000 waits
        (spool.folder / f"{book:020d}-x.json").write_text('{"event": "e", "library": "lib"}')
    fill(spool, 50)
    names = [path.name for path in spool.folder.iterdir()]
    assert len(names) == MOST_EVENTS + 1
    assert sum(name.startswith("scanned-") for name in names) == 1
    assert len(drained(spool)) == MOST_EVENTS + 1


def test_a_file_that_is_no_event_holds_nobody_up(spool: Spool) -> None:
    events = fill(spool, 2)
    (spool.folder / f"{0:020d}-x.json").write_bytes(b"\xff\x00")
    (spool.folder / f"{1:020d}-x.json").write_text("[1]")
    assert drained(spool) == events


def test_half_written_files_go_when_their_process_must_be_dead(spool: Spool) -> None:
    spool.folder.mkdir()
    old, new = spool.folder / "tmp-old", spool.folder / "tmp-new"
    old.touch()
    new.touch()
    long_ago = new.stat().st_mtime - FORGOTTEN - 10
    os.utime(old, (long_ago, long_ago))
    spool.tidy()
    assert list(spool.folder.iterdir()) == [new]


def test_many_threads_add_and_two_take_and_each_event_is_in_one_batch(spool: Spool) -> None:
    start = threading.Barrier(6)
    added_all = threading.Event()

    def add(library: str) -> None:
        start.wait()
        fill(spool, 60, library)

    def take(own: Spool) -> dict[str, list[Event]]:
        start.wait()
        found: dict[str, list[Event]] = {}
        while True:
            ended = added_all.is_set()
            while batch := own.next_batch():
                if events := own.read(batch):
                    found[batch.name] = events
                own.done(batch)
            if ended:
                return found

    with ThreadPoolExecutor(6) as pool:
        takers = [pool.submit(take, Spool(spool.folder)) for _ in range(2)]
        for one in [pool.submit(add, name) for name in "abcd"]:
            one.result()
        added_all.set()
        first, second = (taker.result() for taker in takers)
    for name in first.keys() & second.keys():
        assert first[name] == second[name]
    events = [event["item"] for batch in {**first, **second}.values() for event in batch]
    assert sorted(events) == sorted(
        added(library, book)["item"] for library in "abcd" for book in range(60)
    )


@pytest.mark.crash
def test_what_was_kept_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    with process("add", tmp_path / "spool", "-") as adding:
        assert adding.stdout is not None
        told = [int(adding.stdout.readline()) for _ in range(40)]
        adding.kill()
        told += [int(line) for line in adding.stdout if line.endswith("\n")]
    items = [event["item"] for event in drained(Spool(tmp_path / "spool"))]
    assert items[: len(told)] == [added("lib", book)["item"] for book in told]
    assert len(items) <= len(told) + 1  # one may be kept that was not told yet


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Spool(tmp_path / "file" / "spool").add(added("lib", 1))

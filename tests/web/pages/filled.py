"""A store with something on every page, its names as hostile as names can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    EventKind,
    Finding,
    FireResult,
    ItemRef,
    Job,
    JobState,
    NewEvent,
    Outcome,
    Result,
    Severity,
    Shelf,
)
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from shelfhook.store.schedules import Due
from tests.web import desk

SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    SCRIPT,
    "\" onmouseover=\"alert(1)' onfocus='alert(2)",
    "ספר \u202egnp.exe\u202c طفل",
    "x" * 500,
    "nul\x00bell\x07\ud800half",
    "</title></textarea></style>{{ 7*7 }}{% raw %}",
    "&lt;b&gt; &amp; ]]> <!-- -->",
    "javascript:alert(1)",
)
CHANGES = (
    Change(ChangeKind.FIELDS, "book", "B0", {"title": "a"}, {"title": SCRIPT}, action="normalize"),
    Change(
        ChangeKind.FIELDS,
        "series",
        "S0",
        {"tags": ["one", "two"], "summary": None, "titleLock": False},
        {"tags": ["two", SCRIPT], "summary": "long " * 100, "titleLock": True},
        action="tags",
    ),
    Change(ChangeKind.COMMAND, "book", "B0", command="analyze", action="analyze"),
    Change(
        ChangeKind.FILE,
        "book",
        "B0",
        {"path": "/a/b.cbr", "kept": "/k/b.cbr"},
        {"path": "/a/b.cbz", "comicinfo": {"Title": SCRIPT}},
        action="convert",
    ),
    Change(
        ChangeKind.LIST,
        "collection",
        SCRIPT,
        after={"member": "S0", "sort": "1", "ordered": True},
        action="collect",
    ),
    Change(
        ChangeKind.LIST,
        "read-list",
        "Best of",
        {"members": ["B1"], "ordered": True},
        {"members": ["B1", "B2"], "ordered": True},
    ),
    Change(ChangeKind.COVER, "book", "B0", {"cover": ""}, {"page": 3}, action="cover"),
)
OUTCOMES: Sequence[Outcome] = tuple(Outcome)


@dataclass(frozen=True)
class Filled:
    """The jobs that were made."""

    done: Job
    running: Job


def fill(store: Store, clock: desk.BusyClock) -> Filled:
    """Fill every table that a page shows."""
    desk.tell(
        store,
        clock,
        "host:komga",
        {"version": "1.2", "message": SCRIPT, "libraries": [{"id": "L1", "name": SCRIPT}]},
    )
    held = {"quiet": 10.0, "most": 300.0, "grace": 0.0, "reasons": {}}
    desk.tell(store, clock, "holds", held)
    desk.tell(store, clock, "scheduler", {"next": {"nightly": clock.now() + 18_720}})
    desk.tell(store, clock, "bridge:komga", {"source": "stream", "state": SCRIPT, "events": 3})
    done = _done(store, clock)
    running = desk.run(store, clock, library="L2", at=clock.now())
    store.ledger.add(running.num, 0, [ItemRef("B0", SCRIPT)])
    _rest(store, clock)
    return Filled(store.jobs.get(done.id), store.jobs.get(running.id))


def _done(store: Store, clock: desk.BusyClock) -> Job:
    job = desk.run(store, clock)
    refs = [ItemRef(f"B{n}", HOSTILE[n % len(HOSTILE)].replace("\ud800", "")) for n in range(60)]
    store.ledger.add(job.num, 0, refs)
    store.ledger.listed(job.num)
    store.ledger.intend(job.num, 0, CHANGES, ChangeState.APPLIED)
    finding = Finding("archive.crc", Severity.ERROR, SCRIPT, SCRIPT, SCRIPT, "audit")
    results = [
        Result(
            seq,
            ref.id,
            OUTCOMES[seq % len(OUTCOMES)],
            reason=SCRIPT,
            seconds=0.5,
            findings=(finding,) if seq == 0 else (),
            name=ref.name,
            shelf=Shelf(SCRIPT, "L1") if seq == 0 else Shelf(),
        )
        for seq, ref in enumerate(refs)
    ]
    for _ in range(3):
        batch = Batch(job.num, "komga", results, clock.now(), "process-all", "r")
        store.ledger.record(batch).wait()
        results = [one for one in results if one.outcome is Outcome.FAILED]
    store.jobs.move(job.num, JobState.COMPLETED, clock.now(), SCRIPT)
    return job


def _rest(store: Store, clock: desk.BusyClock) -> None:
    kinds = (EventKind.LIBRARY_SCANNED, EventKind.ITEM_ADDED, EventKind.ITEM_CHANGED)
    new = [NewEvent("komga", kind, SCRIPT, place, "L1", SCRIPT) for place, kind in enumerate(kinds)]
    store.inbox.accept(new, clock.now())
    store.schedules.know("nightly", "0 3 * * *", "Europe/Berlin", 0.0)
    for hour, result in enumerate(FireResult):
        store.schedules.log(Due("nightly", 3_600.0 * hour, result, SCRIPT), clock.now())

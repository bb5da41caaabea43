"""Findings, quarantine, undo and apply over HTTP."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.model import (
    Change,
    ChangeKind,
    ChangeState,
    Finding,
    ItemRef,
    Job,
    JobState,
    Outcome,
    Result,
    Severity,
)
from shelfhook.store import Store
from shelfhook.store.entries import Batch
from tests.web import desk
from tests.web.desk import API

CRC = Finding("archive.crc", Severity.ERROR, "page 3 is damaged", "get the file anew", "p3.jpg")
NAME = Finding("metadata.title", Severity.INFO, "the title is <the> file's name", "normalize")


def audited(store: Store, clock: desk.BusyClock, *, failures: int = 1) -> Job:
    """A job that has found three things, and in which one item failed."""
    job = desk.run(store, clock)
    store.ledger.add(job.num, 0, [ItemRef(f"B{n}", f"file{n}.cbz", "S1") for n in range(3)])
    results = [
        Result(0, "B0", Outcome.UNCHANGED, findings=(CRC, NAME)),
        Result(1, "B1", Outcome.UNCHANGED, findings=(NAME,)),
        Result(2, "B2", Outcome.FAILED, "it cannot be read", name="file2.cbz"),
    ]
    for _ in range(failures):
        batch = Batch(job.num, "komga", results, clock.now(), "process-all", "r")
        store.ledger.record(batch).wait()
        results = results[-1:]
    store.ledger.listed(job.num)
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    return job


def changed(store: Store, clock: desk.BusyClock, state: ChangeState) -> Job:
    """A finished job with one change."""
    job = desk.run(store, clock)
    store.ledger.add(job.num, 0, [ItemRef("B0", "file0.cbz")])
    change = Change(ChangeKind.FIELDS, "book", "B0", {"title": "a"}, {"title": "b"})
    store.ledger.note(job.num, 0, [(change, state, "digest")])
    store.jobs.move(job.num, JobState.COMPLETED, clock.now())
    return job


def test_findings_are_listed_with_their_item_and_counted(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = audited(store, clock)
    document = client.get(f"/api/findings?job={job.id}", headers=API).json
    first = document["findings"][0]
    assert (first["code"], first["name"], first["place"]) == ("archive.crc", "file0.cbz", "p3.jpg")
    assert document["counts"] == [
        {"severity": "error", "code": "archive.crc", "count": 1},
        {"severity": "info", "code": "metadata.title", "count": 2},
    ]
    assert document["next"] is None


def test_findings_are_paged_and_chosen(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    audited(store, clock)
    seen: list[str] = []
    path: str | None = "/api/findings?code=metadata&limit=1"
    while path:
        page = client.get(path, headers=API).json
        seen += [one["item"] for one in page["findings"]]
        path = page["next"]
    assert seen == ["B0", "B1"]
    errors = client.get("/api/findings?severity=error&item=B0", headers=API).json["findings"]
    assert [one["code"] for one in errors] == ["archive.crc"]


def test_findings_are_exported_whole(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    audited(store, clock)
    table = client.get("/api/findings/export", headers=API)
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["code"] for row in rows] == ["archive.crc", "metadata.title", "metadata.title"]
    assert table.content_type.startswith("text/csv")
    assert len(json.loads(client.get("/api/findings/export?format=json", headers=API).text)) == 3
    page = client.get("/api/findings/export?format=html", headers=API)
    assert "&lt;the&gt;" in page.text
    assert "script" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/findings?severity=awful", 400),
        ("/api/findings?after=-1", 400),
        ("/api/findings/export?format=pdf", 400),
        ("/api/findings?job=0badc0de", 404),
    ],
)
def test_a_wrong_choice_is_refused(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path, headers=API).status_code == status


def test_items_that_are_set_aside_are_shown_and_released(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    audited(store, clock, failures=3)
    (aside,) = client.get("/api/quarantine", headers=API).json["items"]
    assert (aside["item_id"], aside["name"], aside["failures"]) == ("B2", "file2.cbz", 3)
    body: dict[str, Any] = {"host": "komga", "item": "B2"}
    assert client.post("/api/quarantine/release", json=body, headers=API).status_code == 200
    assert client.get("/api/quarantine", headers=API).json["items"] == []
    assert client.post("/api/quarantine/release", json=body, headers=API).status_code == 404


def test_a_host_that_is_not_there_holds_nothing(client: FlaskClient) -> None:
    body = {"host": "nowhere", "item": "B2"}
    assert client.post("/api/quarantine/release", json=body, headers=API).status_code == 404


def test_undo_queues_a_job_of_its_own(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = changed(store, clock, ChangeState.APPLIED)
    answer = client.post(f"/api/jobs/{job.id}/undo", headers=API)
    assert (answer.status_code, answer.json["trigger"]) == (202, "undo")
    assert answer.json["parent"] == job.id
    again = client.post(f"/api/jobs/{job.id}/undo", headers=API)
    assert (again.status_code, again.json["id"]) == (200, answer.json["id"])
    shown = client.post(f"/api/jobs/{job.id}/undo", json={"dry_run": True}, headers=API)
    assert (shown.status_code, shown.json["dry_run"]) == (202, True)


def test_what_cannot_be_undone_or_applied_is_a_conflict(
    client: FlaskClient, store: Store, clock: desk.BusyClock
) -> None:
    job = changed(store, clock, ChangeState.PLANNED)
    for verb in ("undo", "apply"):
        answer = client.post(f"/api/jobs/{job.id}/{verb}", headers=API)
        assert answer.status_code == 409
    running = desk.run(store, clock, library="L2")
    assert client.post(f"/api/jobs/{running.id}/undo", headers=API).status_code == 409
    assert client.post("/api/jobs/0badc0de/undo", headers=API).status_code == 404

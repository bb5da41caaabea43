"""`Idempotency-Key` on every call that makes a job."""

from __future__ import annotations

from typing import Any

import pytest

from shelfhook.model import JobState
from shelfhook.settings import Settings
from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.api import filled

KEY = {"Idempotency-Key": "k1"}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "process-all": ("/api/jobs/process-all", {}),
    "create": ("/api/jobs", {"routine": "nightly"}),
    "retry": (f"/api/jobs/{filled.ENDED}/retry", {}),
    "undo": (f"/api/jobs/{filled.ENDED}/undo", {}),
    "undo, for show": (f"/api/jobs/{filled.ENDED}/undo", {"dry_run": True}),
    "apply": (f"/api/jobs/{filled.SHOWN}/apply", {}),
}


def call(app: Application, name: str, **headers: str) -> Any:
    path, body = CALLS[name]
    return app.test_client().post(path, json=body, headers=desk.API | headers)


@pytest.mark.parametrize("name", CALLS)
def test_a_repeated_call_gives_the_first_ones_job_whatever_has_become_of_it(
    full: Application, store: Store, clock: desk.BusyClock, name: str
) -> None:
    first = call(full, name, **KEY)
    job = store.jobs.get(first.json["id"])
    store.jobs.move(job.num, JobState.CANCELLED, clock.now())
    again = call(full, name, **KEY)
    assert (first.status_code, again.status_code) == (202, 200)
    assert (again.json["id"], again.json["state"]) == (job.id, "cancelled")


@pytest.mark.parametrize("name", CALLS)
def test_without_a_key_it_is_another_call(
    full: Application, store: Store, clock: desk.BusyClock, name: str
) -> None:
    first = call(full, name).json["id"]
    store.jobs.move(store.jobs.get(first).num, JobState.CANCELLED, clock.now())
    assert call(full, name).json["id"] != first


@pytest.mark.parametrize("first", CALLS)
@pytest.mark.parametrize("other", CALLS)
def test_a_key_is_for_one_call(full: Application, store: Store, first: str, other: str) -> None:
    made = call(full, first, **KEY)
    count = len(store.jobs.page())
    answer = call(full, other, **KEY)
    if first == other:
        assert (answer.status_code, answer.json["id"]) == (200, made.json["id"])
    else:
        assert (answer.status_code, answer.json["field"]) == (422, "Idempotency-Key")
    assert len(store.jobs.page()) == count


def test_a_key_is_for_one_call_also_where_routines_have_different_hosts(
    full: Application, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Settings = full.extensions["shelfhook"].context.settings
    moved = settings.routines["nightly"].model_copy(update={"host": "open"})
    monkeypatch.setitem(settings.routines, "nightly", moved)  # type: ignore[arg-type] # a dict
    assert call(full, "process-all", **KEY).status_code == 202
    count = len(store.jobs.page())
    assert call(full, "create", **KEY).status_code == 422
    assert len(store.jobs.page()) == count


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("key", ["x" * 513, "a\x85"])
def test_a_senseless_key_is_refused(full: Application, name: str, key: str) -> None:
    answer = call(full, name, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json["field"]) == (400, "Idempotency-Key")


def test_equal_calls_with_two_keys_are_one_job_while_it_waits(full: Application) -> None:
    first = call(full, "retry", **KEY)
    second = call(full, "retry", **{"Idempotency-Key": "k2"})
    assert (second.status_code, second.json["id"]) == (200, first.json["id"])

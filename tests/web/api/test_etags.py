from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from shelfhook.model import Wish
from shelfhook.store import Store
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.api import filled

KEPT = ["/manifest.json", "/api/routines", "/api/openapi.json", f"/api/jobs/{filled.ENDED}"]


@pytest.mark.parametrize("path", KEPT)
@pytest.mark.parametrize("form", ["{}", '"other", {}', "*"])
def test_what_a_client_has_already_is_not_sent_again(
    full: Application, path: str, form: str
) -> None:
    client = full.test_client()
    first = client.get(path, headers=desk.API)
    tag = first.headers["ETag"]
    again = client.get(path, headers=desk.API | {"If-None-Match": form.format(tag)})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert again.headers["ETag"] == tag
    assert "Content-Type" not in again.headers
    assert again.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", KEPT)
@pytest.mark.parametrize("given", ['"other"', "", "W/", "\xff", '"' * 99])
def test_any_other_tag_gets_the_document(full: Application, path: str, given: str) -> None:
    headers = desk.API | {"If-None-Match": given}
    answer = full.test_client().get(path, headers=headers)
    assert (answer.status_code, bool(answer.json)) == (200, True)


def test_a_jobs_tag_changes_with_the_job_and_not_with_time(
    full: Application, store: Store, clock: desk.BusyClock
) -> None:
    client = full.test_client()
    path = f"/api/jobs/{filled.RUNNING}"
    first = client.get(path, headers=desk.API)
    clock.advance(60)
    known = desk.API | {"If-None-Match": first.headers["ETag"]}
    assert client.get(path, headers=known).status_code == 304
    store.jobs.wish(filled.RUNNING, Wish.PAUSE, clock.now())
    assert client.get(path, headers=known).json["wish"] == "pause"


def test_a_stranger_learns_nothing_from_a_tag(client: FlaskClient) -> None:
    headers = {"If-None-Match": "*"}
    assert client.get("/api/routines", headers=headers).status_code == 401

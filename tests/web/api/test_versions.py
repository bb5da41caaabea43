from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.web.api.versions import newest
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.api import filled

API = desk.API


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/api/jobs", "/api/v1/jobs"),
        ("/api/", "/api/v1/"),
        ("/api/v1/jobs", "/api/v1/jobs"),
        ("/api/v1", "/api/v1"),
        ("/api/v2/jobs", "/api/v2/jobs"),
        ("/api/version", "/api/v1/version"),
        ("/api/v1x/jobs", "/api/v1/v1x/jobs"),
        ("/api", "/api"),
        ("/apiary/jobs", "/apiary/jobs"),
        ("/hooks/komga", "/hooks/komga"),
        ("//api/jobs", "//api/jobs"),
    ],
)
def test_a_path_without_a_version_means_the_newest(path: str, wanted: str) -> None:
    assert newest(path) == wanted


def test_both_forms_answer_alike(full: Application) -> None:
    client = full.test_client()
    for path in ("jobs", f"jobs/{filled.ENDED}", "events", "hosts", "schedules"):
        short, whole = (client.get(f"/api/{form}{path}", headers=API) for form in ("", "v1/"))
        assert (short.status_code, short.data) == (200, whole.data)


def test_a_version_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/api/v2/jobs", headers=API).status_code == 404


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
@pytest.mark.parametrize("root", ["", "/shelfhook"])
def test_links_show_the_version_whatever_the_client_has_used(
    full: Application, prefix: str, root: str
) -> None:
    client = full.test_client()

    def ask(method: str, path: str) -> Any:
        return client.open(
            prefix + path, method=method, headers=API, environ_overrides={"SCRIPT_NAME": root}
        )

    made = ask("POST", "/jobs/process-all")
    path = f"{root}/api/v1/jobs/{made.json['id']}"
    assert made.headers["Location"] == made.json["links"]["self"] == path
    assert made.json["links"]["cancel"] == f"{path}/cancel"
    assert (
        ask("GET", "/jobs?limit=1").json["next"].startswith(f"{root}/api/v1/jobs?limit=1&before=")
    )


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/v1", "/api/nowhere", "/api//jobs", "/api/jobs//items", "/api/v1/jobs/"]
    + ["/api/jobs/%00", "/api/jobs/%ff%fe/items", "/api/jobs/%E2%80%A8", "/api/schedules/%00/fires"]
    + ["/api/events/%00", "/api/events/" + "0" * 32, f"/api/jobs/{filled.ENDED}/items/-1"]
    + [f"/api/jobs/{filled.ENDED}/items/{seq}" for seq in ("2", "9" * 30, "%00", "0x0", "²")],
)
def test_what_is_not_there_is_a_problem_and_no_redirect(full: Application, path: str) -> None:
    answer = full.test_client().get(path, headers=API)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")

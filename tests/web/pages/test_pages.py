"""Every page: empty, full of hostile names, and with nothing wrong in its HTML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shelfhook.model import Role
from shelfhook.store import Store
from shelfhook.web import pages
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.auth.browser import signed_in
from tests.web.pages.conftest import LOOK, Look
from tests.web.pages.filled import SCRIPT, Filled, fill
from tests.web.pages.reading import read

PAGES = [
    "/",
    "/jobs",
    "/inbox",
    "/routines",
    "/hosts",
    "/findings",
    "/quarantine",
    "/settings",
]
FOLDER = Path(pages.__file__).parents[1]


@pytest.fixture
def filled(store: Store, clock: desk.BusyClock) -> Filled:
    return fill(store, clock)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_an_empty_store_is_whole_and_says_what_to_do(look: Look, path: str) -> None:
    found = look(path)
    assert found.tags.count("h1") == found.tags.count("main") == 1
    assert "{{" not in found.text


@pytest.mark.parametrize("path", PAGES)
def test_no_name_becomes_markup_on_any_page(
    client: FlaskClient, look: Look, filled: Filled, path: str
) -> None:
    found = look(path)
    assert found.tags.count("script") == 2  # ours
    assert "<script>alert" not in client.get(path, headers=LOOK).text


def test_the_full_pages_show_the_names_as_they_are(look: Look, filled: Filled) -> None:
    for path in ("/", "/inbox", "/findings", "/quarantine", f"/jobs/{filled.done.id}"):
        assert SCRIPT in look(path).text, path


def test_every_link_of_every_page_leads_somewhere(
    client: FlaskClient, look: Look, filled: Filled
) -> None:
    links: set[str] = set()
    for path in [*PAGES, f"/jobs/{filled.done.id}", f"/jobs/{filled.running.id}"]:
        links |= {link.partition("#")[0] for link in look(path).links}
    for link in sorted(links - {""}):
        assert link.startswith("/"), link
        assert client.get(link, headers=LOOK).status_code == 200, link


@pytest.mark.parametrize("path", PAGES)
def test_behind_a_path_every_address_begins_with_it(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=LOOK, environ_overrides={"SCRIPT_NAME": "/shelf"})
    addresses = re.findall(r'(?:href|src|action)="([^"#]+)', answer.text)
    assert len(addresses) > 10
    assert [one for one in addresses if not one.startswith("/shelf/")] == []
    assert '<meta name="base" content="/shelf">' in answer.text


def test_every_changing_form_carries_the_token(
    app: Application, store: Store, filled: Filled
) -> None:
    browser = signed_in(app, store, Role.ADMIN)
    count = 0
    for path in [*PAGES, f"/jobs/{filled.done.id}", f"/jobs/{filled.running.id}"]:
        for form in read(browser.get(path).text).forms:
            if form["method"] == "post":
                count += 1
                assert form["token"], form
    assert count > 8


def test_pages_carry_the_strict_policy(client: FlaskClient) -> None:
    headers = client.get("/", headers=LOOK).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_the_overview_tells_who_starts_first_what_to_do(look: Look, store: Store) -> None:
    text = look("/").text
    assert "No job yet" in text
    assert "POST /hooks/komga" in text
    assert "Dry run" in text


def test_the_overview_says_in_words_what_comes_next(look: Look, filled: Filled) -> None:
    text = look("/").text
    assert "every day at 03:00 (Europe/Berlin), in 5 h 12 min" in text
    assert "60 books: 10 changed, 10 would change, 10 unchanged, 10 skipped" in text


def test_the_overview_says_what_is_wrong(look: Look, store: Store, clock: desk.BusyClock) -> None:
    text = look("/").text
    assert "The engine is not running" in text
    desk.tell(store, clock, "scheduler")
    for host in ("komga", "signed", "open"):
        desk.tell(store, clock, f"host:{host}")
    assert "All is well." in look("/").text
    desk.tell(store, clock, "host:komga", {"message": "no route to host"}, ok=False)
    assert "komga is not answering. no route to host" in look("/").text.replace(" .", ".")


def test_the_inbox_says_what_is_held_and_until_when(look: Look, filled: Filled) -> None:
    text = look("/inbox").text
    assert "3 events on komga since" in text
    assert "becomes a job in a moment if nothing more comes, at the latest in 5 min" in text


def test_the_inbox_links_an_event_to_its_job(look: Look, filled: Filled) -> None:
    assert f"/jobs/{filled.done.id}" in look("/inbox").links


def test_the_findings_can_be_taken_along_as_they_are_filtered(look: Look, filled: Filled) -> None:
    links = look("/findings?severity=error&code=archive").links
    exports = [link for link in links if "/findings/export" in link]
    assert len(exports) == 3
    assert all("severity=error" in link and "code=archive" in link for link in exports)


def test_the_settings_show_no_secret_and_say_where_values_are_from(
    client: FlaskClient, look: Look
) -> None:
    page = client.get("/settings", headers=LOOK).text
    for secret in (desk.TOKEN, desk.HOOK_TOKEN, desk.SECRET, desk.API_KEY, "parameter-secret"):
        assert secret not in page
    assert "set, not shown" in look("/settings").text


def test_routines_show_what_they_do_but_no_parameter_that_may_be_secret(
    client: FlaskClient, look: Look
) -> None:
    page = client.get("/routines", headers=LOOK).text
    assert "parameter-secret" not in page
    assert "Every day at 03:00" in look("/routines").text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nothing", 404, "There is nothing here"),
        ("/jobs/0123456789abcdef", 404, "There is nothing here"),
        ("/jobs/<script>", 404, "There is nothing here"),
        ("/jobs?before=-1", 400, "is no number"),
        ("/jobs?before=99999999999999999999", 400, "is no number"),
        ("/jobs?state=gone", 400, "unknown; known: queued"),
        ("/jobs?routine=%00", 400, "control characters"),
        ("/findings?severity=bad", 400, "unknown; known"),
        ("/findings?job=zz", 404, "There is nothing here"),
        ("/inbox?before=²", 400, "is no number"),
    ],
)
def test_errors_are_pages_for_people(look: Look, path: str, status: int, says: str) -> None:
    assert says in look(path, status).text


def test_programs_get_problem_documents_as_before(client: FlaskClient) -> None:
    for path, accept in (("/api/nothing", "text/html"), ("/nothing", "application/json")):
        answer = client.get(path, headers={**LOOK, "Accept": accept})
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_no_template_marks_anything_as_safe() -> None:
    for file in (FOLDER / "templates").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        for forbidden in ("|safe", "| safe", "autoescape", "tojson", "style=", "javascript:"):
            assert forbidden not in text, file


def test_no_file_of_ours_asks_another_server() -> None:
    for file in [*(FOLDER / "static").rglob("*.*"), *(FOLDER / "templates").glob("*.html")]:
        found = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+", file.read_text(encoding="utf-8"))
        assert set(found) <= {"http://www.w3.org"}, file

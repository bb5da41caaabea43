"""Foreign deliveries through the whole application."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from shelfhook.model import EventKind
from shelfhook.store import Store
from tests.web import desk
from tests.web.desk import HOOK, HOOK_TOKEN, SCAN
from tests.web.dialects import bodies as b
from tests.web.dialects.test_dialects import DOCUMENTS

LIBRARIES = [
    {"id": "L1", "name": "Comics", "root": "/books/comics"},
    {"id": "L2", "name": "Manga", "root": "/books/manga"},
    {"id": "L3", "name": "Novels", "root": "/books/novels/"},
]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def client(client: FlaskClient, store: Store, clock: desk.BusyClock) -> Iterator[FlaskClient]:
    desk.tell(store, clock, "host:komga", {"libraries": LIBRARIES})
    yield client


def post(client: FlaskClient, query: str = "", **how: Any) -> TestResponse:
    return client.post(f"/hooks/komga{query}", **({"headers": HOOK} | how))


def heard(store: Store) -> list[tuple[EventKind, str, str]]:
    return [(one.kind, one.library, one.item) for one in reversed(store.inbox.page())]


def scans(*libraries: str) -> list[tuple[EventKind, str, str]]:
    return [(EventKind.LIBRARY_SCANNED, library, "") for library in libraries]


@pytest.mark.parametrize(
    ("document", "libraries"),
    [
        (b.SONARR_IMPORT, ["L1"]),
        (b.SONARR_COMPLETE, ["L1", "L2"]),
        (b.RADARR_IMPORT, ["L1"]),
        (b.READARR_IMPORT, ["L3"]),
        (b.KAPOWARR_DOWNLOAD, ["L1"]),
        (b.JELLYFIN_ADDED, ["L1"]),
        (b.JELLYFIN_ADDED | {"LibraryName": "Manga"}, ["L2"]),
        ({"library": "comics"}, ["L1"]),
        ({"path": "/books/manga"}, ["L2"]),
    ],
)
def test_a_senders_body_is_an_event_of_its_library(
    client: FlaskClient, store: Store, document: Any, libraries: list[str]
) -> None:
    assert post(client, json=document).status_code == 202
    assert heard(store) == scans(*libraries)


def test_a_batch_of_files_in_one_library_is_one_event(client: FlaskClient, store: Store) -> None:
    files = [{"path": f"/books/comics/{n}.cbz"} for n in range(500)]
    post(client, json=b.SONARR_COMPLETE | {"episodeFiles": files})
    assert heard(store) == scans("L1")


def test_a_test_is_answered_200_and_makes_no_event(client: FlaskClient, store: Store) -> None:
    answer = post(client, json=b.SONARR_TEST)
    assert (answer.status_code, answer.json["events"]) == (200, [])
    assert "Sonarr" in answer.json["note"]
    assert post(client, "?library=Comics", json=b.SONARR_TEST).status_code == 200
    assert store.inbox.page() == []


def test_mylar_is_answered_200_since_it_takes_nothing_else(
    client: FlaskClient, store: Store
) -> None:
    assert post(client, "?library=Comics", json=b.MYLAR_DONE).status_code == 200
    assert heard(store) == scans("L1")


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"json": {}},
        {"json": []},
        {"json": {"text": "hello"}},
        {"json": {"event": "media.play"}},
        {"json": {"events": "push"}},
        {"json": b.SONARR_IMPORT},
        {"json": b.SONARR_COMPLETE},
        {"json": SCAN},
        {"json": [SCAN]},
        {"json": {"events": [SCAN]}},
        {"json": {"library": "Manga"}},
        {"data": "a=b", "content_type": FORM},
        {"data": "", "content_type": FORM},
        {"data": "", "content_type": "application/json"},
        {"data": "<xml/>", "content_type": "application/xml"},
        {"data": {"payload_json": "{}"}, "content_type": "multipart/form-data"},
    ],
)
@pytest.mark.parametrize("library", ["Comics", "L1", "COMICS"])
def test_the_library_in_the_url_wins_over_every_body(
    client: FlaskClient, store: Store, how: dict[str, Any], library: str
) -> None:
    assert post(client, f"?library={library}", **how).status_code == 202
    assert heard(store) == scans("L1")


def test_items_keep_their_ids_when_the_url_names_the_library(
    client: FlaskClient, store: Store
) -> None:
    event = {"event": "item.added", "library": "Manga", "item": "B1"}
    post(client, "?library=Comics", json=event)
    assert heard(store) == [(EventKind.ITEM_ADDED, "L1", "B1")]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("library=Comics", FORM),
        ("libraryId=L1", FORM),
        ("path=%2Fbooks%2Fcomics%2F1.cbz", FORM),
        ("event=library.scanned&library=Comics", FORM),
        ("NotificationType=ItemAdded&LibraryName=Comics", FORM),
        ('{"library": "Comics"}', FORM),  # curl -d without a header
        (json.dumps(b.JELLYFIN_ADDED), "text/plain; charset=utf-8"),
        (json.dumps(b.SONARR_IMPORT), "application/json; charset=utf-8"),
        (json.dumps(b.SONARR_IMPORT), "application/vnd.sonarr+json"),
        (json.dumps({"library": "Comics"}), ""),
    ],
)
def test_a_body_comes_as_json_or_as_a_form(
    client: FlaskClient, store: Store, data: str, kind: str
) -> None:
    assert post(client, data=data, content_type=kind).status_code == 202
    assert heard(store) == scans("L1")


@pytest.mark.parametrize(
    ("query", "how", "field"),
    [
        ("", {"json": b.SONARR_TEST | {"eventType": "Download"}}, "series.path"),
        ("", {"json": {"path": "/books/comics/../../etc"}}, "path"),
        ("", {"json": {"path": "comics/1.cbz"}}, "path"),
        ("", {"json": {"path": "/books/comicsx/1.cbz"}}, "path"),
        ("", {"json": {"path": "/a\0b"}}, "path"),
        ("", {"json": b.MYLAR_DONE}, "library"),
        ("", {"json": {"library": "Comcis"}}, "library"),
        ("", {"json": {"library": "a\nb"}}, "library"),
        ("", {"json": {"library": "x" * 600}}, "library"),
        ("", {"json": {"libraryId": "L1", "bookId": "b\n"}}, "item"),
        ("", {"json": {"hello": "world"}}, "hello"),
        ("", {"data": "Comics", "content_type": FORM}, "Comics"),
        ("", {"data": "library=a&library=b", "content_type": FORM}, "library"),
        ("", {"data": b"library=\xff", "content_type": FORM}, ""),
        ("", {"data": "library=%ff", "content_type": FORM}, ""),
        ("", {"data": "a=b&" * 300, "content_type": FORM}, ""),
        ("", {"data": "{", "content_type": "text/plain"}, ""),
        ("?library=Comcis", {}, "library"),
        ("?library=", {}, "library"),
        ("?library=a&library=b", {}, "library"),
        ("?libary=Comics", {}, "libary"),
        ("?token=abc&library=Comics", {}, "token"),
        ("?library=%ff", {}, ""),
    ],
)
def test_what_fits_no_library_is_refused_with_the_field(
    client: FlaskClient, store: Store, query: str, how: dict[str, Any], field: str
) -> None:
    answer = post(client, query, **how)
    assert (answer.status_code, answer.json.get("field", "")) == (400, field)
    assert store.inbox.page() == []


def test_the_refusal_names_the_remedy(client: FlaskClient) -> None:
    unmapped = post(client, json={"path": "/elsewhere/1.cbz"}).json["detail"]
    assert "?library=" in unmapped
    assert "[hosts.komga.paths]" in unmapped
    assert "/elsewhere" not in unmapped
    unknown = post(client, "?library=Comcis").json["detail"]
    assert "Comics" in unknown
    token = post(client, "?token=abc").json["detail"]
    assert "Basic" in token
    assert "abc" not in token


def test_xml_without_a_library_in_the_url_is_refused(client: FlaskClient) -> None:
    answer = post(client, data="<xml/>", content_type="application/xml")
    assert (answer.status_code, answer.json["field"]) == (415, "Content-Type")


@pytest.mark.parametrize("name", ["Größe", "Science & Fiction", "100 %"])
def test_names_with_odd_characters_pass_through_the_url(
    client: FlaskClient, store: Store, clock: desk.BusyClock, name: str
) -> None:
    clock.advance(2)
    desk.tell(store, clock, "host:komga", {"libraries": [{"id": "L9", "name": name}]})
    assert post(client, f"?library={quote(name)}").status_code == 202
    assert heard(store) == scans("L9")


def test_until_the_host_has_told_its_libraries_a_path_must_wait_but_a_name_need_not(
    client: FlaskClient, store: Store
) -> None:
    answer = client.post("/hooks/open", json={"path": "/books/1.cbz"}, headers=desk.API)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
    assert client.post("/hooks/open?library=Comics", headers=desk.API).status_code == 202
    assert heard(store) == scans("Comics")


def test_a_delivery_id_counts_for_senders_that_give_one(client: FlaskClient, store: Store) -> None:
    headers = HOOK | {"webhook-id": "d1"}
    answers = [post(client, json=b.SONARR_COMPLETE, headers=headers) for _ in "ab"]
    assert [answer.status_code for answer in answers] == [202, 200]
    assert len(store.inbox.page()) == 2
    assert [post(client, json={"library": "Comics"}).status_code for _ in "ab"] == [202, 202]
    odd = post(client, json={"library": "Comics"}, headers=HOOK | {"webhook-id": "a\x7f"})
    assert (odd.status_code, odd.json["field"]) == (400, "webhook-id")


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (basic(f"shelfhook:{HOOK_TOKEN}"), 202),
        (basic(f":{HOOK_TOKEN}"), 202),
        (basic(f"shelfhook:{HOOK_TOKEN}").replace("Basic", "basic"), 202),
        (basic("shelfhook:wrong"), 401),
        (basic(f"{HOOK_TOKEN}:"), 401),
        (basic("shelfhook:"), 401),
        (basic("shelfhook"), 401),
        (basic(f"shelfhook:{HOOK_TOKEN}:x"), 401),
        ("Basic", 401),
        ("Basic ***", 401),
        (f"Basic {HOOK_TOKEN}", 401),
        ("Basic \xff\xfe", 401),
    ],
)
def test_the_token_may_be_a_password(client: FlaskClient, header: str, status: int) -> None:
    answer = post(client, "?library=Comics", headers={"Authorization": header})
    assert answer.status_code == status


def test_a_password_opens_no_host_that_must_be_signed_for(client: FlaskClient) -> None:
    headers = {"Authorization": basic("shelfhook:")}
    assert client.post("/hooks/signed", json=SCAN, headers=headers).status_code == 401


def test_a_signed_delivery_may_be_in_other_words(
    client: FlaskClient, clock: desk.BusyClock
) -> None:
    body = json.dumps({"library": "Comics"}).encode()
    headers = desk.signed(body, clock)
    assert client.post("/hooks/signed", data=body, headers=headers).status_code == 202


def test_our_own_body_is_told_before_the_others(client: FlaskClient, store: Store) -> None:
    answer = post(client, json=SCAN | {"eventType": "Test", "path": "/books/comics"})
    assert answer.status_code == 400  # it has a key that we do not know
    assert store.inbox.page() == []


QUERIES = st.sampled_from(["", "?library=Comics", "?library=%00", "?a=b", "?library=Comics&x"])
KINDS = st.sampled_from([FORM, "text/plain", "application/json", "application/xml", "", "x"])
RAW = st.one_of(
    st.binary(max_size=60),
    DOCUMENTS.map(lambda document: json.dumps(document).encode()),
    st.lists(DOCUMENTS, max_size=2).map(lambda document: json.dumps(document).encode()),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=QUERIES, kind=KINDS, data=RAW)
def test_no_body_ends_in_a_500(client: FlaskClient, query: str, kind: str, data: bytes) -> None:
    answer = post(client, query, data=data, content_type=kind)
    assert answer.status_code in (200, 202, 400, 415)

"""What ComicLib cannot be brought to do, and what LANraragi has besides, with canned answers."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses

from shelfhook.errors import ConfigurationError, Gone, Permanent, Transient
from shelfhook.hosts.lanraragi import LIBRARY, Lanraragi
from tests.hosts.lanraragi.conftest import Adapter
from tests.support.clock import FakeClock

URL = "http://lanraragi.test:3000/base"
ARCHIVE = "28697b96f0ac5858be2614ed10ca47742c9522fd"
METADATA = f"{URL}/api/archives/{ARCHIVE}/metadata"
LANRARAGI: dict[str, Any] = {
    "arcid": ARCHIVE,
    "extension": "cbz",
    "filename": "Saga 001",
    "isnew": "true",
    "lastreadtime": 0,
    "pagecount": 34,
    "progress": 3,
    "size": 4096,
    "summary": "The first.",
    "tags": "artist:Fiona, date_added:1639000000, saga",
    "title": "Saga",
}
"""An archive as LANraragi has it."""
COMICLIB = {key: LANRARAGI[key] for key in ("arcid", "isnew", "pagecount", "tags", "title")}
"""An archive as ComicLib has it."""
REFUSED = {"operation": "metadata", "error": "This ID doesn't exist on the server.", "success": 0}
WRITTEN = {"operation": "update_metadata", "success": 1}


@pytest.fixture
def host(adapter: Adapter) -> Lanraragi:
    return adapter(URL, clock=FakeClock(), api_key="schlüssel")


def sent(mocked: responses.RequestsMock) -> dict[str, str]:
    """The form that was written last."""
    written = [call.request for call in mocked.calls if call.request.method == "PUT"][-1]
    body = written.body.decode() if isinstance(written.body, bytes) else str(written.body)
    form = parse_qs(body, keep_blank_values=True, strict_parsing=True)
    return {name: value for name, (value,) in form.items()}


@pytest.fixture
def mocked() -> Any:
    with responses.RequestsMock() as mock:
        yield mock


def test_the_key_is_sent_in_base64(host: Lanraragi, mocked: responses.RequestsMock) -> None:
    mocked.delete(f"{URL}/api/search/cache", json={"operation": "clear_cache", "success": 1})
    assert host.whoami().admin
    token = base64.b64encode("schlüssel".encode()).decode()
    assert mocked.calls[0].request.headers["Authorization"] == f"Bearer {token}"


def test_without_a_key_nothing_is_made(adapter: Adapter) -> None:
    with pytest.raises(ConfigurationError, match="mine"):
        adapter(URL, api_key="")


def test_an_archive_has_the_name_of_its_file_where_the_server_tells_it(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(METADATA, json=LANRARAGI)
    item = host.item(ARCHIVE)
    assert (item.name, item.size, item.pages) == ("Saga 001.cbz", 4096, 34)
    assert item.fields == {
        "title": "Saga",
        "tags": ["artist:Fiona", "saga"],
        "summary": "The first.",
    }


def test_an_archive_whose_file_is_not_told_is_named_by_its_id(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(METADATA, json=COMICLIB)
    item = host.item(ARCHIVE)
    assert (item.name, item.size) == (ARCHIVE, None)
    assert "summary" not in item.fields


def test_reading_moves_no_fingerprint(host: Lanraragi, mocked: responses.RequestsMock) -> None:
    mocked.get(METADATA, json=LANRARAGI)
    mocked.get(METADATA, json={**LANRARAGI, "progress": 4, "lastreadtime": 9, "isnew": "false"})
    assert host.item(ARCHIVE).fingerprint == host.item(ARCHIVE).fingerprint


def test_a_list_without_a_wrapper_is_read_as_well(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(f"{URL}/api/archives", json=[LANRARAGI])
    (page,) = host.pages(LIBRARY, size=10)
    assert [ref.name for ref in page.refs] == ["Saga 001.cbz"]


def test_a_write_sends_title_and_all_tags_and_no_summary_that_nobody_changed(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(METADATA, json=LANRARAGI)
    mocked.put(METADATA, json=WRITTEN)
    host.write("book", ARCHIVE, {"title": "Saga & Söhne"})
    assert sent(mocked) == {
        "title": "Saga & Söhne",
        "tags": "artist:Fiona,saga,date_added:1639000000",
    }


def test_a_summary_is_written_where_the_server_keeps_one(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(METADATA, json=LANRARAGI)
    mocked.put(METADATA, json=WRITTEN)
    host.write("book", ARCHIVE, {"summary": "Another."})
    assert sent(mocked)["summary"] == "Another."
    assert sent(mocked)["title"] == "Saga"


def test_a_summary_is_refused_where_the_server_keeps_none(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(METADATA, json=COMICLIB)
    with pytest.raises(Permanent, match="mine keeps no summaries"):
        host.write("book", ARCHIVE, {"summary": "Lost."})


def test_what_is_empty_is_sent_as_a_blank_for_the_server_takes_no_empty_text(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(METADATA, json={**COMICLIB, "tags": ""})
    mocked.put(METADATA, json=WRITTEN)
    host.write("book", ARCHIVE, {"title": ""})
    assert sent(mocked) == {"title": " ", "tags": " "}


def test_an_archive_that_another_writes_is_asked_for_again(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(METADATA, json=LANRARAGI)
    locked = mocked.put(METADATA, json={"error": "Locked resource"}, status=423)
    mocked.put(METADATA, json=WRITTEN)
    host.write("book", ARCHIVE, {"title": "Later"})
    assert locked.call_count == 1


def test_a_400_to_the_end_means_that_it_is_gone(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    refused = mocked.get(METADATA, json=REFUSED, status=400)
    with pytest.raises(Gone, match=ARCHIVE):
        host.item(ARCHIVE)
    assert refused.call_count == 4


def test_a_server_that_fails_while_it_writes_is_asked_again_and_then_later(
    host: Lanraragi, mocked: responses.RequestsMock
) -> None:
    mocked.get(METADATA, json=COMICLIB)
    failing = mocked.put(METADATA, json={"error": "database is locked"}, status=500)
    with pytest.raises(Transient):
        host.write("book", ARCHIVE, {"title": "Never"})
    assert failing.call_count > 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"success": 0, "error": "You may not"}, "You may not"),
        ({"success": 0}, "no reason given"),
        ({"operation": "update_metadata"}, "right server|success"),
    ],
)
def test_a_200_that_says_no_is_an_error(
    host: Lanraragi, mocked: responses.RequestsMock, answer: dict[str, Any], words: str
) -> None:
    mocked.get(METADATA, json=COMICLIB)
    mocked.put(METADATA, json=answer)
    with pytest.raises(Permanent, match=words):
        host.write("book", ARCHIVE, {"title": "Never"})

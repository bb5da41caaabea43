"""What only a real calibre-server shows, besides the contract."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shelfhook.errors import Gone, Permanent, Refused
from shelfhook.hosts.calibre import CalibreHost
from shelfhook.ports import Host
from tests.hosts.calibre.conftest import Connect
from tests.hosts.shelf import HastyClock
from tests.support.calibre import LARGE_BOOKS, LIMITED, PATIENT, READER, SHIFTING, Calibre, Way

pytestmark = PATIENT


@pytest.mark.parametrize("prefix", ["", "/behind/a proxy"])
@pytest.mark.parametrize("mode", ["basic", "digest"])
def test_it_works_by_either_login_with_and_without_a_prefix(
    calibre: Calibre, adapter: Connect, mode: str, prefix: str, tmp_path: Path
) -> None:
    calibre.start(Way(mode, prefix))
    host = adapter(url=calibre.root + prefix.replace(" ", "%20"))
    assert host.check().version.startswith("6.")
    assert host.whoami().name == "admin"
    host.write("book", "Two_Words/17", {"publisher": f"{mode} {prefix}"})
    assert host.item("Two_Words/17").fields["publisher"] == f"{mode} {prefix}".strip()
    assert sum(len(page.refs) for page in host.pages("Two_Words", size=7)) == 24
    host.download("Two_Words/17", tmp_path / "book.cbz")


@pytest.mark.parametrize("mode", ["basic", "digest"])
def test_a_wrong_password_is_refused_and_a_read_only_user_told_so(
    calibre: Calibre, adapter: Connect, mode: str
) -> None:
    calibre.ensure(Way(mode))
    with pytest.raises(Refused, match="the key or the password is wrong"):
        adapter(password="wrong").whoami()
    reader = adapter(username=READER)
    assert not reader.whoami().admin
    with pytest.raises(Refused, match="does not have permission to make changes"):
        reader.write("book", "Two_Words/18", {"title": "x"})
    assert reader.item("Two_Words/18").fields["title"] != "x"


def test_a_server_that_restarts_with_another_login_is_followed(
    calibre: Calibre, adapter: Connect
) -> None:
    host = adapter(clock=HastyClock())
    for mode in ("digest", "digest", "basic", "digest"):
        host.item("Two_Words/1")
        calibre.start(Way(mode))
    assert host.item("Two_Words/1").id == "Two_Words/1"


def test_who_is_asked_for_his_rights_leaves_no_ghost(calibre: Calibre, host: Host) -> None:
    before = {library: calibre.numbers(library) for library in ("Comics", "Two_Words")}
    host.whoami()
    assert {library: calibre.numbers(library) for library in before} == before
    assert calibre.book("Comics", 0) is None


def test_a_user_who_sees_a_part_of_a_library_is_refused_in_calibres_words(
    calibre: Calibre, adapter: Connect
) -> None:
    limited = adapter(username=LIMITED)
    with pytest.raises(Refused, match="per library restrictions"):
        list(limited.pages("Comics", size=10))
    assert not limited.whoami().admin


def test_a_number_that_nobody_has_is_gone_and_stays_unknown(calibre: Calibre, host: Host) -> None:
    for call in (
        lambda: host.write("book", "Comics/99999", {"title": "ghost"}),
        lambda: host.command("book", "Comics/99999", "convert-format"),
        lambda: host.item("Nowhere/1"),
    ):
        with pytest.raises(Gone):
            call()
    assert calibre.book("Comics", 99999) is None


def test_two_libraries_number_their_books_alike_and_no_id_is_the_same(host: Host) -> None:
    host.write("book", "Comics/8", {"title": "One of Comics"})
    assert host.item("Two_Words/8").fields["title"] != "One of Comics"
    ids = [
        ref.id
        for library in ("Comics", "Two_Words")
        for page in host.pages(library, size=100)
        for ref in page.refs
    ]
    assert len(ids) == len(set(ids))


def test_a_long_listing_comes_page_by_page_and_nothing_shifts(calibre: Calibre, host: Host) -> None:
    calibre.start(fresh=(SHIFTING,))
    found: list[str] = []
    for page in host.pages(SHIFTING, size=300):
        if len(found) == 600:  # what is removed behind us moves nothing before us
            gone = ",".join(one.partition("/")[2] for one in found[:50])
            calibre.call("POST", f"/cdb/delete-books/{gone}/{SHIFTING}")
        found += [ref.id for ref in page.refs]
    assert found == [f"{SHIFTING}/{number}" for number in range(1, LARGE_BOOKS + 1)]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/St_Johns"])
def test_a_date_is_the_same_in_every_zone_of_the_server(
    calibre: Calibre, host: CalibreHost, zone: str
) -> None:
    calibre.start(Way(zone=zone))
    dates = ["2012-03-31", "2012-03-01", "2012-12-31T23:59:59+00:00", "1850-01-01"]
    for text in dates:
        wanted = host.normalise("book", "pubdate", text)
        host.write("book", "Two_Words/4", {"pubdate": text, "#when": text})
        fields = host.item("Two_Words/4").fields
        assert (fields["pubdate"], fields["#when"]) == (wanted, wanted)
    assert "+00:00" in host.news("Two_Words", "", 1).cursor


def test_the_order_of_authors_and_languages_outlives_a_restart(
    calibre: Calibre, host: Host
) -> None:
    fields = {"authors": ["Zed", "Amy"], "languages": ["jpn", "eng"], "#names": ["Q", "B"]}
    host.write("book", "Two_Words/3", fields)
    before = host.item("Two_Words/3")
    calibre.start()
    assert host.item("Two_Words/3") == before
    assert {name: before.fields[name] for name in fields} == fields


def test_a_place_in_a_series_goes_with_the_series(calibre: Calibre, host: CalibreHost) -> None:
    book = "Two_Words/6"

    def shown() -> tuple[object, object]:
        fields = host.item(book).fields
        return fields["series"], fields["series_index"]

    for fields, wanted in (
        ({"series": "Saga", "series_index": 2.5}, ("Saga", 2.5)),
        ({"series": "Saga II [9]"}, ("Saga II", 2.5)),
        ({"series_index": "7"}, ("Saga II", 7.0)),
        ({"series": None}, (None, 1.0)),
        ({"series": "Saga"}, ("Saga", 1.0)),
        ({"series_index": None}, ("Saga", 1.0)),
    ):
        before = host.item(book)
        normal = {name: host.normalise("book", name, value) for name, value in fields.items()}
        foreseen = host.fingerprint(replace(before, fields={**before.fields, **normal}))
        host.write("book", book, fields)
        assert shown() == wanted
        assert host.item(book).fingerprint == foreseen
    host.write("book", book, {"series": None})
    with pytest.raises(Permanent, match="is in no series"):
        host.write("book", book, {"series_index": 3})

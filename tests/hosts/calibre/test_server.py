"""What only a real calibre-server shows, besides the contract."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from shelfhook.errors import Gone, Permanent, Refused, Transient
from shelfhook.hosts.calibre import CalibreHost
from shelfhook.hosts.calibre.turns import AT_ONCE
from shelfhook.ports import Host
from tests.hosts.calibre.conftest import Connect
from tests.hosts.relay import Relay
from tests.hosts.shelf import HastyClock
from tests.support.books import cbz, pages
from tests.support.calibre import LARGE_BOOKS, LIMITED, PATIENT, READER, SHIFTING, Calibre, Way

pytestmark = PATIENT
WORKERS = 8
APPENDS = 40


def append(host: CalibreHost, book: str, tag: str) -> None:
    with host.alone(book):
        tags = host.item(book).fields["tags"]
        assert isinstance(tags, list)
        host.write("book", book, {"tags": [*tags, tag]})


def test_of_forty_tags_that_eight_workers_append_to_each_book_none_is_lost(
    calibre: Calibre, host: CalibreHost
) -> None:
    books = [f"Two_Words/{number}" for number in (1, 2, 3)]
    for book in books:
        host.write("book", book, {"tags": []})
    start = threading.Barrier(WORKERS)

    def work(worker: int) -> None:
        start.wait(30)
        for number in range(worker, APPENDS, WORKERS):
            for book in books:
                append(host, book, f"tag{number:02}")

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    wanted = [f"tag{number:02}" for number in range(APPENDS)]
    assert [host.item(book).fields["tags"] for book in books] == [wanted] * len(books)


def test_never_more_than_four_writes_are_under_way(calibre: Calibre, adapter: Connect) -> None:
    with Relay(calibre.url) as relay:
        host = adapter(url=relay.url, budget=32)
        host.whoami()
        relay.hold()
        with ThreadPoolExecutor(12) as pool:
            books = [f"Two_Words/{number}" for number in range(5, 17)]
            done = [pool.submit(host.write, "book", book, {"tags": ["x"]}) for book in books]
            for _ in range(AT_ONCE):
                assert relay.held.acquire(timeout=30)
            assert not relay.held.acquire(timeout=0.3)
            relay.release()
            for one in done:
                one.result(60)
        assert all(host.item(book).fields["tags"] == ["x"] for book in books)


def test_every_write_that_was_acknowledged_outlives_a_kill(
    calibre: Calibre, adapter: Connect
) -> None:
    clock = HastyClock()
    host = adapter(clock=clock)
    kept: list[tuple[str, str]] = []
    enough, back = threading.Event(), threading.Event()

    def work(worker: int) -> None:
        book = f"Two_Words/{20 + worker % 4}"
        for number in range(40):
            tag, done = f"w{worker}n{number:02}", False
            while not done:
                with suppress(Transient):
                    append(host, book, tag)
                    done = True
                if not done:
                    assert back.wait(60)
                    down = host.down_until()
                    clock.skip(0.0 if down is None else down[0] - clock.monotonic())
            kept.append((book, tag))
            if len(kept) > 40:
                enough.set()

    with ThreadPoolExecutor(WORKERS) as pool:
        working = [pool.submit(work, worker) for worker in range(WORKERS)]
        assert enough.wait(60)
        calibre.kill()
        acknowledged = list(kept)
        calibre.start()
        before = {f"Two_Words/{n}": calibre.columns("Two_Words", n, "tags") for n in range(20, 24)}
        assert all(tag in before[book]["tags"] for book, tag in acknowledged)
        back.set()
        for one in working:
            one.result(120)
    for book in before:
        tags = host.item(book).fields["tags"]
        assert isinstance(tags, list)
        assert sorted(tags) == sorted(tag for held, tag in kept if held == book)


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


def sql(calibre: Calibre, statement: str) -> None:
    """Change a library's database while the server is down."""
    calibre.stop()
    with closing(sqlite3.connect(calibre.path("Two_Words") / "metadata.db")) as connection:
        connection.executescript(statement)
    calibre.start()


FULL = "SELECT RAISE(ABORT, 'database or disk is full'); END;"


def test_after_an_error_in_the_midst_of_a_write_nothing_of_it_stands(
    calibre: Calibre, adapter: Connect
) -> None:
    sql(calibre, f"CREATE TRIGGER full BEFORE INSERT ON books_ratings_link BEGIN {FULL}")
    host, fields = adapter(clock=HastyClock()), {"publisher": "P", "tags": ["a"], "rating": 8}
    before = host.item("Two_Words/19")
    for _ in range(2):  # Calibre itself takes the second for written, and it is not
        with pytest.raises(Transient, match="nothing of it was kept"):
            host.write("book", "Two_Words/19", fields)
        assert host.item("Two_Words/19") == before
    sql(calibre, "DROP TRIGGER full;")
    assert host.item("Two_Words/19") == before, "as it is in the database"
    host.write("book", "Two_Words/19", fields)
    calibre.start()
    now = host.item("Two_Words/19").fields
    assert {name: now[name] for name in fields} == fields


def test_what_cannot_even_be_put_back_is_told(calibre: Calibre, adapter: Connect) -> None:
    sql(calibre, f"CREATE TRIGGER full BEFORE UPDATE ON books BEGIN {FULL}")
    host = adapter(clock=HastyClock())
    calibre.columns("Two_Words", 2, "title")
    with pytest.raises(Transient, match="could not be put back; look at the server's log"):
        host.write("book", "Two_Words/2", {"tags": ["a"], "title": "x"})
    sql(calibre, "DROP TRIGGER full;")
    host.write("book", "Two_Words/2", {"tags": ["a"], "title": "x"})
    calibre.start()
    assert host.item("Two_Words/2").fields["title"] == "x"


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


def test_formats_are_added_replaced_and_removed(
    calibre: Calibre, host: CalibreHost, tmp_path: Path
) -> None:
    book = "Comics/20"
    file = cbz(tmp_path / "new.cbz", pages(3, ".png"))
    epub = tmp_path / "x.epub"
    epub.write_bytes(b"no epub at all")
    own = host.formats(book)
    assert list(own) == ["CBZ"]
    host.add_format(book, ".epub", epub)
    assert host.formats(book) == {**own, "EPUB": epub.stat().st_size}
    assert host.item(book).name.endswith(".cbz"), "a comic is preferred"
    with pytest.raises(Permanent, match="has a file of the format CBZ already"):
        host.add_format(book, "cbz", file)
    assert host.formats(book)["CBZ"] == own["CBZ"]
    host.add_format(book, "cbz", file, replace=True)
    host.download(book, tmp_path / "back.cbz")
    assert (tmp_path / "back.cbz").read_bytes() == file.read_bytes()
    for _ in range(2):  # what is gone already is fine
        host.remove_format(book, "EPUB")
    host.remove_format(book, "CBZ")
    assert host.formats(book) == {}
    with pytest.raises(Gone, match="has no file"):
        host.download(book, tmp_path / "none")
    listed = {ref.id: ref for page in host.pages("Comics", size=100) for ref in page.refs}
    assert listed[book].fingerprint == host.item(book).fingerprint
    assert listed[book].name == host.item(book).name == "Saga 020"


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


@pytest.mark.parametrize("extension", ["", ".", "../x", "a b", "ä"])
def test_what_is_no_format_is_refused(host: CalibreHost, tmp_path: Path, extension: str) -> None:
    with pytest.raises(Permanent, match="is no format"):
        host.add_format("Comics/21", extension, tmp_path / "x")
    with pytest.raises(Permanent, match="is no format"):
        host.remove_format("Comics/21", extension)


def test_a_file_that_cannot_be_read_is_not_sent(host: CalibreHost, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="cannot be read"):
        host.add_format("Comics/21", "PDF", tmp_path / "missing.pdf")
    assert list(host.formats("Comics/21")) == ["CBZ"]


def test_the_server_converts_a_comic_itself_and_only_once(
    calibre: Calibre, host: CalibreHost
) -> None:
    before = host.item("Comics/22")
    host.command("book", "Comics/22", "convert-format")
    size = host.formats("Comics/22")["EPUB"]
    assert size > 1_000
    after = host.item("Comics/22")
    assert (after.fields, after.name, after.size) == (before.fields, before.name, before.size)
    assert after.fingerprint != before.fingerprint
    host.command("book", "Comics/22", "convert-format:EPUB")
    assert host.formats("Comics/22")["EPUB"] == size


def test_a_conversion_that_fails_says_why(
    calibre: Calibre, host: CalibreHost, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.cbz"
    broken.write_bytes(b"PK no comic")
    host.add_format("Comics/23", "CBZ", broken, replace=True)
    with pytest.raises(Permanent, match="Calibre could not convert book Comics/23: "):
        host.command("book", "Comics/23", "convert-format:TXT")
    assert list(host.formats("Comics/23")) == ["CBZ"]

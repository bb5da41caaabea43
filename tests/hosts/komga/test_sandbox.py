"""The adapter against the sandbox: a Komga-compatible server over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from shelfhook.clock import SystemClock
from shelfhook.errors import Gone, HostDown, Permanent, Refused, Transient
from shelfhook.hosts.komga import KomgaHost, connect
from shelfhook.model import BookList, Value
from shelfhook.ports import HostOptions
from shelfhook.sandbox.folder import make
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.hosts.komga.test_pictures import noise


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Options(books=60, base_path="/komga")) as running:
        yield running


@pytest.fixture(autouse=True)
def without_faults(server: SandboxServer) -> Iterator[None]:
    yield
    server.set_faults()


@pytest.fixture
def komga(server: SandboxServer) -> Iterator[KomgaHost]:
    host = adapter(server)
    yield host
    host.close()


def adapter(server: SandboxServer, key: str | None = None, **more: object) -> KomgaHost:
    login: dict[str, object] = {} if "username" in more else {"api_key": key or server.admin_key}
    options = HostOptions("mine", "komga", server.url, **login, **more)  # type: ignore[arg-type]
    return connect(options, SystemClock(), fraction=lambda: 0.01)


def a_book(server: SandboxServer, number: int) -> str:
    return str(server.books()[number]["id"])


def test_it_is_up_and_knows_us(komga: KomgaHost) -> None:
    check = komga.check()
    assert check.ok, check.message
    assert check.version
    assert komga.whoami().admin


def test_a_password_is_as_good_as_a_key(server: SandboxServer) -> None:
    login = server.options.admin
    host = adapter(server, username=login.email, password=login.password)
    assert host.whoami().name == login.email
    host.close()


def test_a_reader_is_no_administrator_and_may_not_write(server: SandboxServer) -> None:
    host = adapter(server, server.reader_key)
    assert not host.whoami().admin
    with pytest.raises(Refused, match="the right ADMIN, which our account does not have"):
        host.write("book", a_book(server, 0), {"title": "x"})
    host.close()


def test_a_wrong_key_is_refused(server: SandboxServer) -> None:
    host = adapter(server, "wrong")
    with pytest.raises(Refused, match="key or the password is wrong"):
        host.whoami()
    host.close()


def test_every_book_of_a_library_is_listed_once(server: SandboxServer, komga: KomgaHost) -> None:
    (library,) = komga.libraries()
    found = list(komga.pages(library.id, size=25))
    assert [len(page.refs) for page in found] == [25, 25, 10]
    assert {page.total for page in found} == {60}
    assert len({ref.id for page in found for ref in page.refs}) == 60
    assert all(ref.name.endswith(".cbz") for page in found for ref in page.refs)


def test_the_books_of_one_series_are_listed_whole(server: SandboxServer, komga: KomgaHost) -> None:
    all_books = server.books()
    series = all_books[0]["seriesId"]
    expected = [one["id"] for one in all_books if one["seriesId"] == series]
    server.clear_journal()

    found = komga.books_of(series)

    assert len(server.journal()) == 1
    assert sorted(one.id for one in found) == sorted(expected)
    assert 1 < len(found) < len(all_books)
    assert found == [komga.item(one.id) for one in found]
    assert komga.books_of("no-such-series") == []


def test_a_listing_gives_the_fingerprint_that_the_item_has(
    server: SandboxServer, komga: KomgaHost
) -> None:
    komga.write("book", a_book(server, 9), WRITTEN)
    (library,) = komga.libraries()
    refs = [ref for page in komga.pages(library.id, size=25) for ref in page.refs]
    assert {ref.id: ref.fingerprint for ref in refs} == {
        ref.id: komga.item(ref.id).fingerprint for ref in refs
    }


def test_reader_and_administrator_see_the_same_names_and_fingerprints(
    server: SandboxServer, komga: KomgaHost
) -> None:
    reader = adapter(server, server.reader_key)
    book = a_book(server, 1)
    as_reader, as_admin = reader.item(book), komga.item(book)
    assert as_reader.path != as_admin.path
    assert as_reader.name == as_admin.name
    assert as_reader.fingerprint == as_admin.fingerprint
    reader.close()


WRITTEN: dict[str, Value] = {
    "title": "  A new title ",
    "number": " 7 ",
    "numberSort": 7.1,
    "releaseDate": "2020-02-29",
    "summary": " s ",
    "authors": [{"name": " A ", "role": " Writer "}, {"name": "B", "role": "penciller"}],
    "tags": ["Zebra ", "alpha", "ALPHA"],
    "isbn": "978-1-60706-601-9",
    "links": [{"label": "a", "url": "https://a.test/x"}],
    "titleLock": True,
}


def test_what_was_written_is_read_back_in_its_normal_form_and_fingerprint(
    server: SandboxServer, komga: KomgaHost
) -> None:
    before = komga.item(a_book(server, 2))
    komga.write("book", before.id, WRITTEN)
    normal = {name: komga.normalise("book", name, value) for name, value in WRITTEN.items()}
    after = komga.item(before.id)
    assert {name: after.fields[name] for name in normal} == normal
    assert after.locks == {"title"}
    foreseen = replace(before, fields={**before.fields, **normal})
    assert komga.fingerprint(foreseen) == after.fingerprint != before.fingerprint


def test_writing_the_same_again_leaves_the_fingerprint(
    server: SandboxServer, komga: KomgaHost
) -> None:
    book = a_book(server, 3)
    komga.write("book", book, {"title": "same"})
    once = komga.item(book).fingerprint
    komga.write("book", book, {"title": "same"})
    assert komga.item(book).fingerprint == once


def test_what_can_be_cleared_is_cleared_and_foreseen(
    server: SandboxServer, komga: KomgaHost
) -> None:
    book = a_book(server, 4)
    komga.write("book", book, WRITTEN)
    before = komga.item(book)
    cleared: dict[str, Value] = dict.fromkeys(
        ("releaseDate", "summary", "authors", "tags", "isbn", "links")
    )
    komga.write("book", book, cleared)
    after = komga.item(book)
    assert [after.fields[name] for name in cleared] == [None, "", [], [], "", []]
    assert komga.fingerprint(replace(before, fields={**before.fields, **cleared})) == (
        after.fingerprint
    )


def test_a_series_is_written_and_cleared(server: SandboxServer, komga: KomgaHost) -> None:
    series = server.books()[0]["seriesId"]
    komga.write("series", series, {"publisher": "Image", "language": "EN-us", "genres": ["B", "a"]})
    told = server.call("GET", f"/api/v1/series/{series}")["metadata"]
    assert (told["publisher"], told["language"], sorted(told["genres"])) == (
        "Image",
        "en-US",
        ["a", "b"],
    )
    komga.write("series", series, {"publisher": None, "language": None, "genres": None})
    told = server.call("GET", f"/api/v1/series/{series}")["metadata"]
    assert (told["publisher"], told["language"], told["genres"]) == ("", "", [])


WRITTEN_SERIES: dict[str, Value] = {
    "publisher": " Image ",
    "language": "EN-us",
    "genres": ["Space ", "OPERA"],
    "ageRating": 16,
    "status": "ended",
    "publisherLock": True,
}


def test_a_series_that_was_written_is_read_back_as_foreseen(
    server: SandboxServer, komga: KomgaHost
) -> None:
    before = komga.series(server.books()[59]["seriesId"])
    komga.write("series", before.id, WRITTEN_SERIES)
    normal = {
        name: komga.normalise("series", name, value) for name, value in WRITTEN_SERIES.items()
    }
    after = komga.series(before.id)
    assert {name: after.fields[name] for name in normal} == normal
    assert after.locks == {"publisher"}
    foreseen = replace(before, fields={**before.fields, **normal})
    assert komga.fingerprint(foreseen) == after.fingerprint != before.fingerprint


def test_a_series_that_nobody_knows_is_gone(komga: KomgaHost) -> None:
    with pytest.raises(Gone, match="series 0NOBODY"):
        komga.series("0NOBODY")


def test_a_books_file_is_fetched(tmp_path: Path) -> None:
    folder = tmp_path / "Comics"
    made = make(folder, books=5)
    with SandboxServer(Options(folders=(folder,))) as real:
        host = adapter(real)
        books = {book["url"]: book["id"] for book in real.books()}
        host.download(books[str(made[2].path)], tmp_path / "copy.cbz")
        assert (tmp_path / "copy.cbz").read_bytes() == made[2].path.read_bytes()
        made[3].path.unlink()
        with pytest.raises(Gone):
            host.download(books[str(made[3].path)], tmp_path / "none.cbz")
        assert not (tmp_path / "none.cbz").exists()
        host.close()


@pytest.mark.parametrize("kind", ["collection", "read-list"])
def test_a_list_is_made_changed_found_and_removed(
    server: SandboxServer, komga: KomgaHost, kind: str
) -> None:
    name = "seriesId" if kind == "collection" else "id"
    ids = list(dict.fromkeys(str(book[name]) for book in server.books()))[:2]
    assert komga.find_list(kind, "Sea & Sky, vol. 1") is None
    made = komga.write_list(kind, "Sea & Sky, vol. 1", ids[:1], ordered=True)
    komga.write_list(kind, "ignored", ids[::-1], ordered=False, list_id=made)
    assert komga.find_list(kind, "sea & sky, VOL. 1") == BookList(
        kind, made, "Sea & Sky, vol. 1", tuple(ids[::-1]), ordered=False
    )
    komga.remove_list(kind, made)
    assert komga.find_list(kind, "Sea & Sky, vol. 1") is None
    with pytest.raises(Gone):
        komga.write_list(kind, "x", ids, ordered=True, list_id=made)


def test_one_list_of_very_many_is_found(server: SandboxServer, komga: KomgaHost) -> None:
    book = a_book(server, 0)
    made = {
        name: komga.write_list("read-list", name, [book], ordered=True)
        for name in (f"Many {number:03}" for number in range(120))
    }
    found = komga.find_list("read-list", "Many 119")
    assert found is not None
    assert found.id == made["Many 119"]
    for list_id in made.values():
        komga.remove_list("read-list", list_id)


def test_a_list_whose_first_answer_was_lost_is_made_once(
    server: SandboxServer, komga: KomgaHost
) -> None:
    server.set_faults(drop_after_write={"methods": ["POST"], "count": 1})
    made = komga.write_list("read-list", "Lost", [a_book(server, 0)], ordered=True)
    found = komga.find_list("read-list", "Lost")
    assert found is not None
    assert found.id == made
    komga.remove_list("read-list", made)


def test_a_list_that_lost_a_deleted_member_is_still_read_and_written() -> None:
    with SandboxServer(Options(books=3)) as small:
        host = adapter(small)
        ids = [a_book(small, number) for number in range(3)]
        made = host.write_list("read-list", "A", ids, ordered=True)
        small.vanish(ids[1])
        found = host.find_list("read-list", "A")
        assert found is not None
        assert found.members == (ids[0], ids[2])
        host.write_list("read-list", "A", [ids[2]], ordered=True, list_id=made)
        host.close()


@pytest.mark.parametrize("entity", ["book", "series"])
def test_a_cover_is_added_chosen_and_removed(
    server: SandboxServer, komga: KomgaHost, entity: str
) -> None:
    owner = str(server.books()[10]["id" if entity == "book" else "seriesId"])
    before = server.state()
    assert komga.cover(entity, owner) == ""
    page = komga.page(a_book(server, 10), 2)
    made = komga.add_cover(entity, owner, page)
    assert komga.cover(entity, owner) == made
    assert komga.add_cover(entity, owner, page) == made, "it lies there already"
    if entity == "book":
        komga.choose_cover(entity, owner, "")
        assert komga.cover(entity, owner) == ""
        komga.choose_cover(entity, owner, made)
        assert komga.cover(entity, owner) == made
    komga.remove_cover(entity, owner, made)
    komga.remove_cover(entity, owner, made)
    assert komga.cover(entity, owner) == ""
    assert (server.state() == before) is True


def test_a_page_that_is_too_large_for_a_cover_is_made_smaller(
    server: SandboxServer, komga: KomgaHost
) -> None:
    large = noise(800, 1200, "PNG")
    assert len(large) > 1024 * 1024
    made = komga.add_cover("book", a_book(server, 11), large)
    assert komga.cover("book", a_book(server, 11)) == made


def test_a_cover_whose_answer_was_lost_is_found_at_the_next_try(
    server: SandboxServer, komga: KomgaHost
) -> None:
    book = a_book(server, 12)
    page = komga.page(book, 1)
    server.set_faults(drop_after_write={"methods": ["POST"], "count": 1})
    with pytest.raises(Transient):
        komga.add_cover("book", book, page)
    made = komga.add_cover("book", book, page)
    assert komga.cover("book", book) == made
    covers = server.call("GET", f"/api/v1/books/{book}/thumbnails")
    assert [cover["type"] for cover in covers] == ["GENERATED", "USER_UPLOADED"]


def test_pages_that_do_not_exist_and_images_that_are_none(
    server: SandboxServer, komga: KomgaHost
) -> None:
    with pytest.raises(Permanent, match="Page number does not exist"):
        komga.page(a_book(server, 0), 10_000)
    with pytest.raises(Permanent, match="answered 415"):
        komga.add_cover("book", a_book(server, 0), b"no image")


def test_a_value_that_komga_refuses_is_told_in_its_words(
    server: SandboxServer, komga: KomgaHost
) -> None:
    with pytest.raises(Permanent, match="answered 400: releaseDate"):
        komga.write("book", a_book(server, 5), {"releaseDate": "yesterday"})


@pytest.mark.parametrize("command", ["analyze", "refresh"])
def test_commands_are_accepted(server: SandboxServer, komga: KomgaHost, command: str) -> None:
    book = server.books()[6]
    komga.command("book", book["id"], command)
    komga.command("series", book["seriesId"], command)
    komga.command("library", book["libraryId"], command)
    assert server.wait_idle()


def test_a_book_that_vanished_is_gone() -> None:
    with SandboxServer(Options(books=2)) as small:
        host = adapter(small)
        book = a_book(small, 0)
        small.vanish(book)
        with pytest.raises(Gone):
            host.item(book)
        with pytest.raises(Gone):
            host.write("book", book, {"title": "x"})
        with pytest.raises(Gone):
            host.command("book", book, "analyze")
        host.close()


def test_one_session_serves_all_threads(server: SandboxServer, komga: KomgaHost) -> None:
    komga.whoami()
    before = server.status()["authentications"]
    books = [book["id"] for book in server.books()[:40]]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(komga.item, books))
    after = server.status()["authentications"]
    assert after["fresh"] == before["fresh"]
    assert after["reused"] == before["reused"] + 40


def test_an_old_server_is_used_with_the_key_alone(server: SandboxServer, komga: KomgaHost) -> None:
    server.set_faults(empty_200_with_key_and_cookie=True)
    komga.whoami()
    book = a_book(server, 7)
    komga.write("book", book, {"title": "on an old server"})
    assert komga.item(book).fields["title"] == "on an old server"
    assert server.faults()["fired"] == {"empty_200_with_key_and_cookie": 1}


def test_a_write_whose_answer_was_lost_is_made_again(
    server: SandboxServer, komga: KomgaHost
) -> None:
    book = a_book(server, 8)
    server.set_faults(drop_after_write={"count": 1})
    komga.write("book", book, {"title": "twice"})
    assert komga.item(book).fields["title"] == "twice"


def test_a_host_in_trouble_is_asked_again(server: SandboxServer, komga: KomgaHost) -> None:
    server.set_faults(too_many_requests={"count": 1, "retry_after": 0})
    assert komga.whoami().admin
    server.set_faults(error_500_after_ms={"count": 1, "ms": 0})
    assert komga.whoami().admin
    server.set_faults(drop_connection={"count": 1})
    assert komga.whoami().admin
    assert komga.overloads() == 2, "the 429, and the 500 of a database with no connection left"


def test_an_outage_opens_the_breaker_and_its_end_closes_it(
    server: SandboxServer, komga: KomgaHost
) -> None:
    server.set_faults(offline=True)
    with pytest.raises(HostDown):
        komga.whoami()
    down = komga.down_until()
    assert down is not None
    server.set_faults()
    SystemClock().wait(threading.Event(), down[0] - SystemClock().monotonic())
    assert komga.check().ok
    assert komga.down_until() is None


def test_every_series_is_marked_as_it_reads(komga: KomgaHost) -> None:
    library = komga.libraries()[0].id
    marks = dict(komga.series_marks(library))
    assert marks == {one: komga.series(one).fingerprint for one in marks}
    one = next(iter(marks))
    komga.write("series", one, {"publisher": "Somebody else"})
    now = dict(komga.series_marks(library))
    assert {name for name in marks if now[name] != marks[name]} == {one}

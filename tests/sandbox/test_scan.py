"""Scans, analyses and imports over real files."""

import os
import shutil
import zipfile
from pathlib import Path

import requests

from shelfhook.sandbox.addition import grey_png
from shelfhook.sandbox.options import Options
from shelfhook.sandbox.server import SandboxServer
from tests.support.books import cbz, comic_info, pages


def _only(server: SandboxServer, name: str) -> dict:
    (book,) = [book for book in server.books() if book["name"] == name]
    return book


def _tidy_book(path: Path, xml: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("page001.png", grey_png(10))
        archive.writestr("ComicInfo.xml", f"<ComicInfo>{xml}</ComicInfo>")


def test_a_new_book_is_titled_after_its_file(sandbox: SandboxServer) -> None:
    library = sandbox.libraries()[0]["id"]
    sandbox.add_book(library, "New Shores", "New Shores #001 (2020)")
    sandbox.scan(library)
    book = _only(sandbox, "New Shores #001 (2020)")
    assert book["metadata"]["title"] == "New Shores #001 (2020)"
    assert (book["number"], book["media"]["status"], book["media"]["pagesCount"]) == (1, "READY", 2)


def test_a_comic_info_file_fills_what_is_not_locked(sandbox: SandboxServer, folder: Path) -> None:
    path = folder / "New Shores" / "one.cbz"
    told = "<Title>Landfall</Title><Tags>Sea, SKY</Tags><Number>5</Number><Writer>Ada, Bo</Writer>"
    _tidy_book(path, f"{told}<Year>2014</Year><Series>New Shores!</Series><Genre>Drama</Genre>")
    sandbox.scan()
    book = _only(sandbox, "one")
    assert book["metadata"]["title"] == "Landfall"
    assert book["metadata"]["tags"] == ["sea", "sky"]
    assert (book["metadata"]["number"], book["metadata"]["numberSort"]) == ("5", 5.0)
    assert book["metadata"]["releaseDate"] == "2014-01-01"
    assert len(book["metadata"]["authors"]) == 2
    assert book["seriesTitle"] == "New Shores!"
    one = f"/api/v1/books/{book['id']}/metadata"
    sandbox.call("PATCH", one, {"title": "Mine", "titleLock": True, "tags": ["mine"]})
    sandbox.call("POST", f"{one}/refresh")
    assert sandbox.wait_idle()
    refreshed = _only(sandbox, "one")["metadata"]
    assert (refreshed["title"], refreshed["tags"]) == ("Mine", ["sea", "sky"])


def test_a_vanished_book_is_soft_deleted_until_the_trash_is_emptied(
    sandbox: SandboxServer,
) -> None:
    book = sandbox.books()[0]
    Path(book["url"]).unlink()
    sandbox.scan()
    assert sandbox.book(book["id"])["deleted"] is True
    wanted = {"condition": {"deleted": {"operator": "isFalse"}}}
    assert sandbox.call("POST", "/api/v1/books/list", wanted)["totalElements"] == 119
    sandbox.call("POST", f"/api/v1/libraries/{book['libraryId']}/empty-trash")
    assert sandbox.wait_idle()
    assert len(sandbox.books()) == 119


def test_a_vanished_series_is_deleted_with_its_books_and_may_come_back(
    sandbox: SandboxServer, tmp_path: Path
) -> None:
    book = sandbox.books()[0]
    series = Path(book["url"]).parent
    shutil.move(series, tmp_path / "away")
    sandbox.scan()
    assert sandbox.call("GET", f"/api/v1/series/{book['seriesId']}")["deleted"] is True
    shutil.move(tmp_path / "away", series)
    sandbox.scan()
    assert sandbox.call("GET", f"/api/v1/series/{book['seriesId']}")["deleted"] is False
    assert sandbox.book(book["id"])["deleted"] is False


def test_a_modified_file_is_told_of_only_by_its_analysis(
    sandbox: SandboxServer,
) -> None:
    book = next(b for b in sandbox.books() if b["media"]["status"] == "READY")
    Path(book["url"]).write_bytes(b"no zip any more")
    sandbox.scan()
    assert sandbox.status()["events"] == {"BookChanged": 1}
    assert sandbox.book(book["id"])["media"]["comment"] == "ERR_1001"


def test_siblings_are_renumbered_and_touched_when_a_book_joins(
    sandbox: SandboxServer, folder: Path
) -> None:
    library = sandbox.libraries()[0]["id"]
    for name in ("b", "c"):
        sandbox.add_book(library, "New Shores", name)
    sandbox.scan()
    joined = _only(sandbox, "c")
    row = sandbox.world.catalogue.books[joined["id"]]
    row.touched = 0.0
    locked = _only(sandbox, "b")["id"]
    sandbox.call("PATCH", f"/api/v1/books/{locked}/metadata", {"numberLock": True})
    sandbox.add_book(library, "New Shores", "a")
    sandbox.scan()
    assert [_only(sandbox, name)["number"] for name in "abc"] == [1, 2, 3]
    assert _only(sandbox, "b")["metadata"]["number"] == "1"
    assert _only(sandbox, "c")["metadata"]["number"] == "3"
    assert row.touched > 0


def test_a_number_that_is_not_locked_is_counted_anew_when_the_folder_changes(
    sandbox: SandboxServer, folder: Path
) -> None:
    library = sandbox.libraries()[0]["id"]
    for name in ("a", "b"):
        sandbox.add_book(library, "New Shores", name)
    sandbox.scan()
    for name, lock in (("a", False), ("b", True)):
        values = {"number": "7", "numberSort": 7, "numberLock": lock}
        sandbox.call("PATCH", f"/api/v1/books/{_only(sandbox, name)['id']}/metadata", values)
    sandbox.scan()
    assert _only(sandbox, "a")["metadata"]["number"] == "7"
    os.utime(folder / "New Shores", (1e9, 1e9))
    sandbox.scan()
    assert _only(sandbox, "a")["metadata"]["number"] == "1"
    assert _only(sandbox, "a")["metadata"]["numberSort"] == 1.0
    assert _only(sandbox, "b")["metadata"]["number"] == "7"
    assert _only(sandbox, "b")["metadata"]["numberSort"] == 2.0


def test_an_emptied_trash_closes_the_gap_in_the_numbers(sandbox: SandboxServer) -> None:
    library = sandbox.libraries()[0]["id"]
    for name in ("a", "b", "c"):
        sandbox.add_book(library, "New Shores", name)
    sandbox.scan()
    Path(_only(sandbox, "a")["url"]).unlink()
    sandbox.scan()
    assert _only(sandbox, "c")["metadata"]["number"] == "3"
    sandbox.call("POST", f"/api/v1/libraries/{library}/empty-trash")
    assert sandbox.wait_idle()
    assert [_only(sandbox, name)["metadata"]["number"] for name in "bc"] == ["1", "2"]


def test_a_series_has_every_genre_the_highest_age_and_the_commonest_publisher(
    folder: Path,
) -> None:
    told: list[dict[str, object]] = [
        {"Genre": "Sea", "Publisher": "Quayside", "AgeRating": "Teen"},
        {"Genre": "Sea, Night", "Publisher": "Loom", "AgeRating": "Mature 17+"},
        {"Publisher": "Loom", "AgeRating": "Everyone"},
    ]
    (folder / "Told").mkdir()
    for number, fields in enumerate(told):
        entries = {**pages(1), "ComicInfo.xml": comic_info(**fields)}
        cbz(folder / "Told" / f"{number}.cbz", entries)
    with SandboxServer(Options(folders=(folder,))) as server:
        found = server.call("POST", "/api/v1/series/list?unpaged=true", {})["content"]
    (series,) = (one["metadata"] for one in found if one["name"] == "Told")
    assert (series["publisher"], series["ageRating"]) == ("Loom", 17)
    assert sorted(series["genres"]) == ["night", "sea"]


def test_broken_files_carry_komgas_codes(sandbox: SandboxServer) -> None:
    found = {(b["media"]["status"], b["media"]["comment"][:8]) for b in sandbox.books()}
    assert found == {
        ("READY", ""),
        ("READY", "ERR_1007"),
        ("ERROR", "ERR_1006"),
        ("ERROR", "ERR_1008"),
        ("UNSUPPORTED", "ERR_1001"),
    }


def test_an_analysis_reads_the_file_again(sandbox: SandboxServer) -> None:
    book = next(b for b in sandbox.books() if b["media"]["status"] == "READY")
    os.truncate(book["url"], 100)
    sandbox.call("POST", f"/api/v1/books/{book['id']}/analyze")
    assert sandbox.wait_idle()
    assert sandbox.book(book["id"])["media"]["comment"] == "ERR_1008"


def test_the_same_folder_has_the_same_ids_in_every_run(folder: Path) -> None:
    seen = []
    for _ in range(2):
        with SandboxServer(Options(folders=(folder,))) as server:
            seen.append([book["id"] for book in server.books()])
    assert seen[0] == seen[1]
    assert all(len(one) == 13 and one.isalnum() for one in seen[0])


def test_a_missing_folder_fails_the_scan_and_deletes_nothing(
    sandbox: SandboxServer, folder: Path, tmp_path: Path
) -> None:
    folder.rename(tmp_path / "unmounted")
    sandbox.scan()
    assert len(sandbox.status()["taskFailures"]) == 1
    assert not any(book["deleted"] for book in sandbox.books())


def test_a_book_can_be_downloaded(sandbox: SandboxServer) -> None:
    book = sandbox.books()[0]
    status, content = _download(sandbox, book["id"])
    assert (status, content) == (200, Path(book["url"]).read_bytes())


def _download(server: SandboxServer, book: str) -> tuple[int, bytes]:
    with requests.get(
        f"{server.url}/api/v1/books/{book}/file",
        headers={"X-API-Key": server.admin_key},
        timeout=10,
    ) as answer:
        return answer.status_code, answer.content

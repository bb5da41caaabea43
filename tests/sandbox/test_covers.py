"""Covers and pages."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from shelfhook.sandbox.addition import grey_png
from shelfhook.sandbox.client import SandboxError
from shelfhook.sandbox.form import file_of
from shelfhook.sandbox.message import HttpError, Request
from shelfhook.sandbox.server import SandboxServer


def upload(
    server: SandboxServer, owner: str, image: bytes, *, selected: bool = True
) -> requests.Response:
    return requests.post(
        f"{server.url}/api/v1/{owner}/thumbnails",
        params={"selected": str(selected).lower()},
        headers={"X-API-Key": server.admin_key},
        files={"file": ("cover", image)},
        timeout=10,
    )


def covers(server: SandboxServer, owner: str) -> Any:
    return server.call("GET", f"/api/v1/{owner}/thumbnails")


def fetch(server: SandboxServer, path: str) -> requests.Response:
    headers = {"X-API-Key": server.admin_key}
    return requests.get(f"{server.url}{path}", headers=headers, timeout=10)


def a_book(server: SandboxServer) -> str:
    return f"books/{server.books()[0]['id']}"


def a_series(server: SandboxServer) -> str:
    return f"series/{server.books()[0]['seriesId']}"


def test_a_book_begins_with_the_cover_that_the_server_made(small: SandboxServer) -> None:
    (made,) = covers(small, a_book(small))
    assert (made["type"], made["selected"]) == ("GENERATED", True)


def test_a_series_begins_without_a_cover(small: SandboxServer) -> None:
    assert covers(small, a_series(small)) == []


def test_a_book_that_cannot_be_opened_has_no_cover(sandbox: SandboxServer) -> None:
    broken = next(book for book in sandbox.books() if book["media"]["status"] != "READY")
    assert covers(sandbox, f"books/{broken['id']}") == []


@pytest.mark.parametrize("owner", [a_book, a_series])
def test_an_uploaded_cover_is_chosen_kept_and_deleted(small: SandboxServer, owner: Any) -> None:
    place = owner(small)
    before = covers(small, place)
    made = upload(small, place, grey_png(9)).json()
    assert (made["type"], made["selected"], made["mediaType"]) == (
        "USER_UPLOADED",
        True,
        "image/png",
    )
    assert (made["width"], made["height"], made["fileSize"]) == (8, 12, len(grey_png(9)))
    assert [cover["id"] for cover in covers(small, place) if cover["selected"]] == [made["id"]]
    kept = fetch(small, f"/api/v1/{place}/thumbnails/{made['id']}")
    assert kept.content == grey_png(9)
    small.call("DELETE", f"/api/v1/{place}/thumbnails/{made['id']}")
    assert covers(small, place) == before


def test_a_cover_may_be_uploaded_without_being_chosen(small: SandboxServer) -> None:
    book = a_book(small)
    made = upload(small, book, grey_png(9), selected=False).json()
    assert [cover["selected"] for cover in covers(small, book)] == [True, False]
    small.call("PUT", f"/api/v1/{book}/thumbnails/{made['id']}/selected")
    assert [cover["selected"] for cover in covers(small, book)] == [False, True]


def test_only_uploaded_covers_can_be_deleted(small: SandboxServer) -> None:
    book = a_book(small)
    generated = covers(small, book)[0]["id"]
    with pytest.raises(SandboxError, match="400"):
        small.call("DELETE", f"/api/v1/{book}/thumbnails/{generated}")
    with pytest.raises(SandboxError, match="404"):
        small.call("DELETE", f"/api/v1/{book}/thumbnails/0NOBODY")


@pytest.mark.parametrize(
    ("image", "status"), [(b"no image", 415), (grey_png(1) + bytes(1024 * 1024), 500)]
)
def test_what_the_server_does_not_take_as_a_cover(
    small: SandboxServer, image: bytes, status: int
) -> None:
    assert upload(small, a_book(small), image).status_code == status
    assert len(covers(small, a_book(small))) == 1


def test_covers_tell_of_each_change(small: SandboxServer) -> None:
    book, series = a_book(small), a_series(small)
    made = upload(small, book, grey_png(9)).json()["id"]
    small.call("PUT", f"/api/v1/{book}/thumbnails/{made}/selected")
    small.call("DELETE", f"/api/v1/{book}/thumbnails/{made}")
    upload(small, series, grey_png(9))
    assert small.status()["events"] == {
        "ThumbnailBookAdded": 2,
        "ThumbnailBookDeleted": 1,
        "ThumbnailSeriesAdded": 1,
    }


def test_only_administrators_change_covers(small: SandboxServer) -> None:
    book = a_book(small)
    generated = covers(small, book)[0]["id"]
    for method, tail in (("PUT", "/selected"), ("DELETE", "")):
        with pytest.raises(SandboxError, match="403"):
            small.call(method, f"/api/v1/{book}/thumbnails/{generated}{tail}", key=small.reader_key)


def test_pages_come_out_of_the_file_in_the_order_of_their_names(
    sandbox: SandboxServer, folder: Path
) -> None:
    pages = {name: grey_png(shade) for shade, name in enumerate(["p10.png", "p9.png", "p1.png"])}
    (folder / "New").mkdir()
    with zipfile.ZipFile(folder / "New" / "one.cbz", "w") as archive:
        archive.writestr("a note.txt", "no page")
        for name, content in pages.items():
            archive.writestr(name, content)
    sandbox.scan()
    book = next(book for book in sandbox.books() if book["name"] == "one")
    one = f"/api/v1/books/{book['id']}/pages"
    found = [fetch(sandbox, f"{one}/{number}") for number in (1, 2, 3)]
    assert [answer.content for answer in found] == [
        pages[name] for name in ("p1.png", "p9.png", "p10.png")
    ]
    assert found[0].headers["Content-Type"] == "image/png"
    assert fetch(sandbox, f"{one}/0?zero_based=true").content == pages["p1.png"]
    assert fetch(sandbox, f"{one}/4").status_code == 400
    assert fetch(sandbox, f"{one}/0").status_code == 400
    Path(book["url"]).unlink()
    assert fetch(sandbox, f"{one}/1").status_code == 404


def test_every_page_that_was_counted_can_be_read(sandbox: SandboxServer) -> None:
    for book in sandbox.books():
        one = f"/api/v1/books/{book['id']}/pages"
        pages = book["media"]["pagesCount"]
        for number in range(1, pages + 1):
            Image.open(io.BytesIO(fetch(sandbox, f"{one}/{number}").content)).load()
        assert fetch(sandbox, f"{one}/{pages + 1}").status_code in (400, 404)


def test_a_book_without_a_file_has_pages_too(small: SandboxServer) -> None:
    answer = fetch(small, f"/api/v1/{a_book(small)}/pages/3")
    assert Image.open(io.BytesIO(answer.content)).size == (8, 12)


def _request(content_type: str, body: bytes) -> Request:
    return Request("POST", "/", {}, {"content-type": content_type}, body)


def test_a_file_is_found_among_the_parts_of_a_form() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="c"\r\n\r\n\r\n--y\r\n\r\n'
        b"--x--\r\n"
    )
    assert file_of(_request('multipart/form-data; boundary="x"', body)) == b"\r\n--y\r\n"


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data; boundary=x", b'--x\r\nX: name="a"\r\n\r\n1\r\n--x--\r\n', 400),
        ("multipart/form-data; boundary=x", b"", 400),
    ],
)
def test_a_form_without_a_file_is_refused(content_type: str, body: bytes, status: int) -> None:
    with pytest.raises(HttpError) as refused:
        file_of(_request(content_type, body))
    assert refused.value.status == status

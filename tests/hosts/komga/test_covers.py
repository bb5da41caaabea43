"""Covers and pages, in the answers that Komga gives."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from shelfhook.errors import Gone, Permanent, Refused, Transient
from shelfhook.hosts.komga import KomgaHost
from shelfhook.ports import Covers, Downloads
from tests.hosts.komga import build
from tests.hosts.komga.build import URL

BOOK = f"{URL}/api/v1/books/0BWZ"
COVERS = f"{BOOK}/thumbnails"
IMAGE = b"\xff\xd8 an image"


def uploaded(cover_id: str = "0UP", **changes: Any) -> dict[str, Any]:
    return build.cover(cover_id, type="USER_UPLOADED", **changes)


def test_the_host_has_covers_and_downloads(komga: KomgaHost) -> None:
    covers: Covers = komga
    downloads: Downloads = komga
    assert covers is downloads


@pytest.mark.parametrize(
    ("covers", "chosen"),
    [
        ([], ""),
        ([build.cover()], ""),
        ([build.cover("0SIDE", type="SIDECAR")], "0SIDE"),
        ([build.cover(), build.cover("0SIDE", type="SIDECAR", selected=False)], ""),
        ([build.cover(), uploaded(selected=False)], ""),
        ([build.cover(selected=False), uploaded()], "0UP"),
    ],
)
def test_the_chosen_cover_is_named_unless_komga_made_it_itself(
    mocked: responses.RequestsMock, komga: KomgaHost, covers: list[Any], chosen: str
) -> None:
    mocked.get(COVERS, json=covers)
    assert komga.cover("book", "0BWZ") == chosen


def test_a_series_has_covers_too(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(f"{URL}/api/v1/series/0SER/thumbnails", json=[uploaded()])
    assert komga.cover("series", "0SER") == "0UP"


def test_a_library_has_none(komga: KomgaHost) -> None:
    with responses.RequestsMock(), pytest.raises(Permanent):
        komga.cover("library", "L")


def test_a_page_is_given_unchanged(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(f"{BOOK}/pages/3", body=IMAGE, content_type="image/jpeg")
    assert komga.page("0BWZ", 3) == IMAGE
    assert mocked.calls[0].request.headers["Accept"].startswith("image/*")


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, Permanent, "answered 400: Page number does not exist"),
        (404, Gone, "page 3 of book 0BWZ is no longer there"),
        (403, Refused, "the right PAGE_STREAMING"),
    ],
)
def test_a_page_that_cannot_be_had(
    mocked: responses.RequestsMock,
    komga: KomgaHost,
    status: int,
    error: type[Exception],
    words: str,
) -> None:
    mocked.get(f"{BOOK}/pages/3", status=status, json={"message": "Page number does not exist"})
    with pytest.raises(error, match=words):
        komga.page("0BWZ", 3)


def test_there_is_no_page_before_the_first(komga: KomgaHost) -> None:
    with responses.RequestsMock(), pytest.raises(Gone):
        komga.page("0BWZ", 0)


def test_an_image_is_uploaded_and_chosen(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(COVERS, json=[build.cover()])
    mocked.post(f"{COVERS}?selected=true", json=uploaded("0NEW"))
    assert komga.add_cover("book", "0BWZ", IMAGE) == "0NEW"
    request = mocked.calls[1].request
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert isinstance(request.body, bytes)
    assert IMAGE in request.body
    assert request.headers["Content-Length"] == str(len(request.body))


@pytest.mark.parametrize("selected", [True, False])
def test_an_image_that_is_there_already_is_chosen_instead(
    mocked: responses.RequestsMock, komga: KomgaHost, selected: bool
) -> None:
    there = uploaded(fileSize=len(IMAGE), selected=selected)
    mocked.get(COVERS, json=[build.cover(fileSize=len(IMAGE)), there])
    if not selected:
        mocked.put(f"{COVERS}/0UP/selected", status=202)
    assert komga.add_cover("book", "0BWZ", IMAGE) == "0UP"


def test_an_upload_is_never_sent_twice(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.get(COVERS, json=[])
    mocked.post(COVERS, status=502)
    with pytest.raises(Transient):
        komga.add_cover("book", "0BWZ", IMAGE)
    assert len(mocked.calls) == 2


def test_what_komga_does_not_take_for_an_image_is_refused_for_good(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(COVERS, json=[])
    mocked.post(COVERS, status=415)
    with pytest.raises(Permanent, match="answered 415"):
        komga.add_cover("book", "0BWZ", b"no image")


def test_a_cover_is_chosen(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.put(f"{COVERS}/0UP/selected", status=202)
    komga.choose_cover("book", "0BWZ", "0UP")


def test_a_cover_that_vanished_is_gone(mocked: responses.RequestsMock, komga: KomgaHost) -> None:
    mocked.put(f"{COVERS}/0UP/selected", status=404)
    with pytest.raises(Gone, match="cover 0UP of book 0BWZ is no longer there"):
        komga.choose_cover("book", "0BWZ", "0UP")


@pytest.mark.parametrize("own", [["0GEN"], ["0SIDE", "0GEN"], ["0SIDE"]])
def test_the_hosts_own_cover_is_the_generated_one_or_else_an_image_beside_the_file(
    mocked: responses.RequestsMock, komga: KomgaHost, own: list[str]
) -> None:
    kinds = {"0GEN": "GENERATED", "0SIDE": "SIDECAR"}
    covers = [build.cover(one, type=kinds[one], selected=False) for one in own]
    mocked.get(COVERS, json=[uploaded(), *covers])
    mocked.put(f"{COVERS}/{own[-1]}/selected", status=202)
    komga.choose_cover("book", "0BWZ", "")


def test_where_the_host_has_no_cover_of_its_own_that_is_said(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.get(COVERS, json=[uploaded()])
    with pytest.raises(Permanent, match="no cover of its own for book 0BWZ"):
        komga.choose_cover("book", "0BWZ", "")


def test_a_cover_is_removed_and_gone_already_is_fine(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.delete(f"{COVERS}/0UP", status=202)
    mocked.delete(f"{COVERS}/0NONE", status=404)
    komga.remove_cover("book", "0BWZ", "0UP")
    komga.remove_cover("book", "0BWZ", "0NONE")


def test_a_cover_that_is_not_ours_to_delete_is_named(
    mocked: responses.RequestsMock, komga: KomgaHost
) -> None:
    mocked.delete(f"{COVERS}/0GEN", status=400, json={"message": "Only uploaded"})
    with pytest.raises(Permanent, match="Only uploaded"):
        komga.remove_cover("book", "0BWZ", "0GEN")

"""Formats, downloads and the server's own conversion, on a real calibre-server."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.errors import Gone, Permanent
from shelfhook.hosts.calibre import CalibreHost
from tests.support.books import cbz, pages
from tests.support.calibre import PATIENT, Calibre

pytestmark = PATIENT


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


def test_a_book_whose_file_is_lost_is_still_a_book(
    calibre: Calibre, host: CalibreHost, tmp_path: Path
) -> None:
    (file,) = calibre.path("Comics").glob("*/*(24)/*.cbz")
    name = host.item("Comics/24").name
    calibre.stop()
    file.unlink()
    calibre.start()
    found = host.item("Comics/24")
    assert (found.name, found.size, found.path) == (name, None, "")
    assert host.formats("Comics/24") == {}
    with pytest.raises(Gone, match="has no file"):
        host.download("Comics/24", tmp_path / "none")
    host.write("book", "Comics/24", {"tags": ["lost"]})
    assert host.item("Comics/24").fields["tags"] == ["lost"]


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

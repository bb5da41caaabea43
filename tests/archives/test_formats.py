"""What a file is, is told by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.archives import formats, names


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (bytes(512), "blank"),
        (b"PK\x03\x04", "zip"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (bytes(257) + b"ustar\x0000", "tar"),
        (b"%PDF-1.4", "pdf"),
        (b"\xef\xbb\xbf  <!DOCTYPE HTML>", "html"),
        (b'<?xml version="1.0"?><html xmlns="x">', "html"),
        (b"<?xml version='1.0'?><rss/>", "xml"),
        ("Grüße\r\n".encode(), "text"),
        (b"x" * 511 + "ü".encode()[:1], "text"),
        (b"a\x00b", "unknown"),
        (b"BMW builds cars, and much else", "text"),
        (b"BM\x9a\x0a\x00\x00\x00\x00\x00\x00\x36\x00", "bmp"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "unknown"),
        (b"\x00\x00\x00\x20ftypavif", "avif"),
        (b"\x00\x00\x00\x20ftypmp42", "unknown"),
    ],
)
def test_a_format_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert formats.kind_of(head) == kind


@given(st.binary(max_size=600))
def test_everything_has_a_name(head: bytes) -> None:
    assert formats.NAMES[formats.kind_of(head)]


def test_every_extension_belongs_to_a_format_with_a_name() -> None:
    assert {*formats.SUFFIXES.values(), *formats.PICTURES} <= formats.NAMES.keys()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a/b.jpg", False),
        ("a..b/c..jpg", False),
        ("…/1.jpg", False),
        ("..", True),
        ("a/..", True),
        ("a\\..\\b", True),
        ("/a", True),
        ("c:a", True),
        ("ab:c", False),
    ],
)
def test_a_name_is_dangerous_only_if_it_leads_elsewhere(name: str, found: bool) -> None:
    assert bool(names.danger(name.encode(), name)) is found


@pytest.mark.parametrize(
    ("name", "junk"),
    [("a/Thumbs.db", True), ("__MACOSX/a/1.jpg", True), ("a/._1.jpg", True), ("a/.1.jpg", False)],
)
def test_what_systems_leave_behind_is_junk(name: str, junk: bool) -> None:
    assert names.is_junk(name) is junk

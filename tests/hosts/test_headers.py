"""Headers are read as http.client reads them, only sooner."""

from __future__ import annotations

import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.hosts import headers

TOKEN = "!#$%&'*+-.^_`|~0123456789ABCxyz"


def block(*lines: str, end: str = "\r\n") -> bytes:
    return "".join(line + end for line in (*lines, "")).encode("latin-1")


@pytest.mark.parametrize(
    ("raw", "items"),
    [
        (block("Content-Length: 12"), [("Content-Length", "12")]),
        (block("A: 1", "a: 2"), [("A", "1"), ("a", "2")]),
        (block("Empty:"), [("Empty", "")]),
        (block("Tabs:\t x \t"), [("Tabs", "x")]),
        (block("Name: caf\xe9"), [("Name", "caf\xe9")]),
        (block("Bare: 1", end="\n"), [("Bare", "1")]),
        (block(), []),
    ],
)
def test_reads_what_stands_there(raw: bytes, items: list[tuple[str, str]]) -> None:
    assert headers.read(io.BytesIO(raw)).items() == items


def test_stops_at_the_first_byte_of_the_body() -> None:
    stream = io.BytesIO(block("A: 1") + b"body")
    headers.read(stream)
    assert stream.read() == b"body"


def test_a_folded_line_is_read_by_the_library() -> None:
    assert headers.read(io.BytesIO(block("A: 1", " more", "B: 2"))).get("B") == "2"


def test_a_line_without_a_colon_does_not_end_the_call() -> None:
    assert isinstance(headers.read(io.BytesIO(block("A: 1", "nonsense"))), http.client.HTTPMessage)


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(http.client.LineTooLong):
        headers.read(io.BytesIO(b"A: " + b"x" * 70_000))


def test_headers_without_end_are_refused() -> None:
    with pytest.raises(http.client.HTTPException, match="100"):
        headers.read(io.BytesIO(b"A: 1\r\n" * 101))


@given(
    st.lists(
        st.tuples(
            st.text(TOKEN, min_size=1, max_size=20),
            st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
        ),
        max_size=20,
    )
)
def test_reads_plain_headers_as_http_client_does(lines: list[tuple[str, str]]) -> None:
    raw = block(*(f"{name}: {value}" for name, value in lines))
    theirs = http.client.parse_headers(io.BytesIO(raw))
    assert headers.read(io.BytesIO(raw)).items() == theirs.items()


@pytest.mark.parametrize(
    ("lines", "status", "method", "length", "chunked"),
    [
        (["Content-Length: 5"], 200, "GET", 5, False),
        (["Content-Length: 5"], 200, "HEAD", 0, False),
        (["Content-Length: 5"], 204, "PATCH", 0, False),
        (["Content-Length: 5"], 304, "GET", 0, False),
        (["Transfer-Encoding: chunked", "Content-Length: 5"], 200, "GET", None, True),
        (["Content-Length: -5"], 200, "GET", None, False),
        (["Content-Length: five"], 200, "GET", None, False),
        ([], 200, "GET", None, False),
    ],
)
def test_says_where_the_body_ends(
    lines: list[str], status: int, method: str, length: int | None, chunked: bool
) -> None:
    found = headers.framing(headers.read(io.BytesIO(block(*lines))), status, method)
    assert (found.length, found.chunked) == (length, chunked)

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.hosts.sse import COMMENT, Event, events


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        ("event:A\ndata:1\n\n", [("A", "1")]),
        ("event: A\ndata: 1\n\nevent: B\ndata:  2 \n\n", [("A", "1"), ("B", " 2 ")]),
        ("data:1\n\n", [("message", "1")]),
        ("event:A\ndata:1\ndata:2\ndata:\n\n", [("A", "1\n2\n")]),
        ("event:A\ndata\n\n", [("A", "")]),
        ("data:1\nevent:A\nevent:B\n\n", [("B", "1")]),
        ("event:A\n\ndata:1\n\n", [("message", "1")]),
        (":heartbeat\n\n:\nevent:A\n: in between\ndata:1\n\n", [("A", "1")]),
        ("id:7\nretry:9\nunknown:x\nEVENT:B\nno colon\nevent:A\ndata:{:}\n\n", [("A", "{:}")]),
        ("\n\n\nevent:A\ndata:1\n\n\n\n", [("A", "1")]),
        ("event:A\ndata:1\n", []),
        ("event:A\ndata:1", []),
        ("", []),
    ],
)
def test_events_are_read_as_the_standard_says(stream: str, found: list[tuple[str, str]]) -> None:
    for end in ("\n", "\r\n", "\r"):
        whole = stream.replace("\n", end).encode()
        assert [(one.name, one.data) for one in events([whole] if whole else [])] == [
            (name, data) for name, data in found
        ]


def test_what_is_no_utf_8_harms_no_other_event() -> None:
    found = list(events([b"data:\xff\n\ndata:\xc3", b"\xa9\n\n"]))
    assert [one.data for one in found] == ["\ufffd", "é"]


def test_an_event_is_there_as_soon_as_its_empty_line_is() -> None:
    def pieces():  # type: ignore[no-untyped-def] # a generator that must not be asked too early
        yield b"event:A\r\ndata:1\r\n\r"
        raise AssertionError("one piece too many was asked for")

    assert next(events(pieces())) == Event("A", "1")


LINES = st.lists(
    st.sampled_from(["event:A", "event: B", "data:1", "data: é", "data", ":", "id:1", "", ""])
)


@given(LINES, st.data())
def test_it_does_not_matter_where_the_pieces_or_the_lines_end(
    lines: list[str], data: st.DataObject
) -> None:
    ends = data.draw(
        st.lists(
            st.sampled_from(["\n", "\r\n", "\r"]), min_size=len(lines), max_size=len(lines)
        ).filter(lambda ends: not _ambiguous(lines, ends))
    )
    whole = "".join(line + end for line, end in zip(lines, ends, strict=True)).encode()
    borders = sorted(data.draw(st.sets(st.integers(1, max(1, len(whole) - 1)))))
    cuts = [0, *(border for border in borders if border < len(whole)), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(cuts)]
    plain = "".join(f"{line}\n" for line in lines).encode()
    assert list(events(pieces)) == list(events([plain]))


def _ambiguous(lines: list[str], ends: list[str]) -> bool:
    """Whether a lone carriage return and an empty line's line feed would make one end of two."""
    return any(
        end == "\r" and line == "" and following == "\n"
        for end, line, following in zip(ends, lines[1:], ends[1:], strict=False)
    )


def test_comments_are_given_to_who_asks_for_them() -> None:
    pieces = [b":connected\n\nevent:A\ndata:1\n: between\n\n:\n"]
    assert list(events(pieces, comments=True)) == [
        Event(COMMENT, "connected"),
        Event(COMMENT, " between"),
        Event("A", "1"),
        Event(COMMENT, ""),
    ]
    assert list(events(pieces)) == [Event("A", "1")]

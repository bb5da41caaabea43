"""The small parts of the pages: words, diffs, the drawing, files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from shelfhook.model import Change, ChangeKind, ChangeState, Counts, LedgerChange
from shelfhook.web.pages import assets, chart, diff, fieldnames, powers, rendering, words
from tests.web import desk
from tests.web.desk import API

HOUR = 3_600.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "less than a second"),
        (0.2, "less than a second"),
        (1, "1 s"),
        (61, "1 min 1 s"),
        (120, "2 min"),
        (18_720, "5 h 12 min"),
        (3_601, "1 h"),
        (86_400, "1 day"),
        (2 * 86_400 + 3 * HOUR, "2 days 3 h"),
    ],
)
def test_a_duration_is_told_by_its_two_largest_units(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


@pytest.mark.parametrize(
    ("due", "said"),
    [(0, "now"), (-9, "now"), (30, "in a moment"), (61, "in 1 min"), (18_725, "in 5 h 12 min")],
)
def test_what_comes_is_told_without_seconds(due: float, said: str) -> None:
    assert words.until(1_000 + due, 1_000) == said


def test_a_time_is_for_machines_and_for_people() -> None:
    found = words.moment(1_700_000_000.0)
    assert found == words.Moment("2023-11-14T22:13:20Z", "14 Nov 2023, 22:13 UTC")
    assert words.moment(None) is None
    assert words.moment(1e30) is not None


def test_counts_are_told_in_words() -> None:
    assert words.summary(Counts(changed=180, unchanged=40), 220) == (
        "220 books: 180 changed, 40 unchanged"
    )
    assert words.summary(Counts(failed=1), 1) == "1 book: 1 failed"
    assert words.summary(Counts(), 0) == "no books"
    assert words.rate(0.05) == "3.0 books/min"
    assert words.rate(1234.5) == "1,234 books/s"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("releaseDate", "Release date"),
        ("titleSort", "Sort title"),
        ("isbn", "ISBN"),
        ("titleLock", "Title (lock)"),
        ("Lock", "Lock"),
        ("sort_title", "Sort title"),
        ("TotalBookCount", "Total book count"),
        ("", ""),
    ],
)
def test_fields_have_names_for_people(name: str, said: str) -> None:
    assert fieldnames.in_words(name) == said


def row_of(before: Any, after: Any) -> diff.Row:
    change = Change(ChangeKind.FIELDS, "book", "B", {"x": before}, {"x": after})
    [row] = diff.view(LedgerChange(1, 0, change, ChangeState.PLANNED)).rows
    return row


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        (None, "a", diff.Row("X", "", "a")),
        (False, True, diff.Row("X", "no", "yes")),
        (1, 2.5, diff.Row("X", "1", "2.5")),
        (["a", "b"], ["b", "c"], diff.Row("X", added=("c",), removed=("a",), kept=1, of_list=True)),
        (None, ["a"], diff.Row("X", added=("a",), of_list=True)),
        (["a", "b"], ["b", "a"], diff.Row("X", "a, b", "b, a")),
        (
            [{"name": "Ann", "role": "writer"}],
            [],
            diff.Row("X", removed=("Ann (writer)",), of_list=True),
        ),
        ({"a": 1}, None, diff.Row("X", '{"a": 1}', "")),
        ("a\nb", "a", diff.Row("X", "a\nb", "a", folded=True)),
    ],
)
def test_values_are_compared_for_people(before: Any, after: Any, row: diff.Row) -> None:
    assert row_of(before, after) == row


def test_long_texts_are_folded() -> None:
    assert row_of("x" * 200, "y").folded
    assert not row_of("x" * 100, "y").folded


def test_several_changes_are_told_in_a_few_words() -> None:
    fields = dict.fromkeys("abcdefg", "")
    change = Change(ChangeKind.FIELDS, "book", "B", fields, {**fields, "a": "1"})
    shown = diff.view(LedgerChange(1, 0, change, ChangeState.APPLIED))
    assert diff.labels([shown]) == "A, B, C, D, E and 2 more"


@dataclass(frozen=True)
class Taken:
    at: float
    done: int
    failed: int = 0
    limit: int = 4


def test_the_drawing_needs_three_samples() -> None:
    assert chart.draw([]) is None
    assert chart.draw([Taken(0, 0), Taken(1, 5)]) is None
    drawn = chart.draw([Taken(0, 0), Taken(1, 5), Taken(2, 15, limit=8)])
    assert drawn is not None
    assert drawn.text == "At most 10 books/s over 2 s; between 4 and 8 books at once."
    assert drawn.rate == "300.0,64.0 600.0,8.0"


def test_the_drawing_has_few_points_however_long_the_job_was() -> None:
    drawn = chart.draw([Taken(float(n), n * 3) for n in range(5_000)])
    assert drawn is not None
    assert len(drawn.rate.split()) <= chart.MOST_POINTS + 1


def test_a_clock_that_stands_still_or_goes_back_draws_nothing_wrong() -> None:
    drawn = chart.draw([Taken(0, 0), Taken(0, 5), Taken(1, 4), Taken(2, 4), Taken(1.5, 9)])
    assert drawn is None or "nan" not in drawn.rate


def test_what_no_page_may_hold_becomes_visible() -> None:
    assert rendering.printable("a\x00b\ud800\x85") == "a\ufffdb\ufffd\ufffd"
    assert rendering.printable("a\tb\n") == "a\tb\n"


def test_static_files_are_cached_for_ever_under_their_digest(client: FlaskClient) -> None:
    found = assets.read()["css/shelfhook.css"]
    named = client.get(f"/static/css/shelfhook.css?v={found.digest}")
    assert (named.status_code, named.data) == (200, found.body)
    assert "immutable" in named.headers["Cache-Control"]
    plain = client.get("/static/css/shelfhook.css")
    assert plain.headers["Cache-Control"] == "no-cache"
    tag = {"If-None-Match": plain.headers["ETag"]}
    assert client.get("/static/css/shelfhook.css", headers=tag).status_code == 304


@pytest.mark.parametrize(
    "path",
    ["../lean.py", "%2e%2e/lean.py", "css", "css/none.css", "/etc/passwd", "css/../../lean.py"],
)
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code in (404, 308)


def test_a_job_that_has_not_begun_can_be_cancelled_but_not_paused(
    store: Any, clock: desk.BusyClock
) -> None:
    job = desk.queue(store)
    found = {one.name: one.lacking for one in powers.of(job)}
    assert found["cancel"] == ""
    assert found["pause"]
    assert {one.name for one in powers.of(replace(job, dry_run=True))} >= {"apply"}


def test_pages_need_the_token_as_everything_does(client: FlaskClient) -> None:
    assert client.get("/").status_code == 401
    assert client.get("/", headers=API).status_code == 200

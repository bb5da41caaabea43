"""Our text, read by the parser of Prometheus' own library."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from shelfhook.web.exposition import Family, counter, gauge, histogram, render

TOLD = {
    "bounds": [0.1, 1.0],
    "rows": [[["komga", "/a"], 7.5, [2, 0, 3]], [["k", "/b"], 0, [0, 0, 0]]],
}


def samples(*families: Family) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Name and labels → value, as Prometheus would store them."""
    read = text_string_to_metric_families(render(families).decode())
    found = [
        ((one.name, tuple(sorted(one.labels.items()))), one.value)
        for family in read
        for one in family.samples
    ]
    assert len(found) == len(dict(found))
    return dict(found)


def test_kinds_are_declared_and_values_come_back() -> None:
    families = [
        gauge("a", "A.", [({}, 2), ({"x": "y"}, 0.25)]),
        counter("b_total", "B.", [({}, 3)]),
    ]
    assert samples(*families) == {
        ("a", ()): 2,
        ("a", (("x", "y"),)): 0.25,
        ("b_total", ()): 3,
    }
    kinds = {f.name: f.type for f in text_string_to_metric_families(render(families).decode())}
    assert kinds == {"a": "gauge", "b": "counter"}


def test_buckets_hold_all_that_lie_below_their_bound() -> None:
    found = samples(histogram("s", "S.", ("host", "route"), TOLD))
    place = (("host", "komga"), ("route", "/a"))
    buckets = {labels: value for (name, labels), value in found.items() if name == "s_bucket"}
    assert [
        buckets[tuple(sorted({**dict(place), "le": bound}.items()))]
        for bound in ("0.1", "1.0", "+Inf")
    ] == [2, 2, 5]
    assert (found["s_sum", place], found["s_count", place]) == (7.5, 5)


def test_a_family_without_samples_is_left_out() -> None:
    assert render([gauge("a", "A.", [])]) == b""


@pytest.mark.parametrize("value", [math.inf, -math.inf, 0.1, 1e300, 10**12])
def test_any_number_comes_back(value: float) -> None:
    assert samples(gauge("a", "A.", [({}, value)])) == {("a", ()): value}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_may_be_a_label(text: str) -> None:
    # The parser splits lines at what Python takes for a line's end; Prometheus only at \n.
    if len(text.splitlines()) > 1 or text.splitlines() != ([text] if text else []):
        assert render([gauge("a", "A.", [({"x": text}, 1)])]).count(b"\n") == 3
        return
    assert samples(gauge("a", "A.", [({"x": text}, 1)])) == {("a", (("x", text),)): 1}


def test_half_a_character_pair_does_not_break_the_page() -> None:
    assert b"udc80" in render([gauge("a", "A.", [({"x": "\udc80"}, 1)])])

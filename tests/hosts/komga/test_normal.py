from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.hosts.komga.normal import FIELDS, normal
from shelfhook.model import Value

WRITER = {"name": "B", "role": "writer"}
LINK = {"label": "a", "url": "http://a"}


@pytest.mark.parametrize(
    ("entity", "field", "value", "stored"),
    [
        ("book", "title", "  Saga  ", "Saga"),
        ("book", "title", None, None),
        ("book", "number", " 1a ", "1a"),
        ("book", "numberSort", 1, 1.0),
        ("book", "numberSort", "1.50", 1.5),
        ("book", "numberSort", 0.1 + 0.2, 0.3),
        ("book", "numberSort", 16777217, 16777216.0),
        ("book", "numberSort", "one", None),
        ("book", "numberSort", float("nan"), None),
        ("book", "numberSort", 1e39, None),
        ("book", "releaseDate", "2012-03-14", "2012-03-14"),
        ("book", "releaseDate", "", None),
        ("book", "releaseDate", None, None),
        ("book", "summary", "\n two lines \n", "two lines"),
        ("book", "summary", None, ""),
        ("book", "tags", ["Space ", "space", "", " OPERA"], ["opera", "space"]),
        ("book", "tags", ("b", "a"), ["a", "b"]),
        ("book", "tags", "single", ["single"]),
        ("book", "tags", None, []),
        ("book", "isbn", "978-1-60706-601-9", "9781607066019"),
        ("book", "isbn", None, ""),
        ("book", "authors", [{"name": " B ", "role": " Writer "}, WRITER], [WRITER]),
        ("book", "authors", None, []),
        ("book", "links", [LINK, LINK], [LINK]),
        ("book", "links", None, []),
        ("series", "status", "ended", "ENDED"),
        ("series", "readingDirection", None, None),
        ("series", "readingDirection", "", None),
        ("series", "publisher", None, ""),
        ("series", "summary", " x ", "x"),
        ("series", "ageRating", "16", 16),
        ("series", "ageRating", None, None),
        ("series", "ageRating", "sixteen", None),
        ("series", "totalBookCount", 12, 12),
        ("series", "genres", ["Horror "], ["horror"]),
        ("series", "sharingLabels", ["Kids"], ["kids"]),
        ("series", "language", "EN-us", "en-US"),
        ("series", "language", "zh-hant-tw", "zh-Hant-TW"),
        ("series", "language", "sl-NEDIS", "sl-nedis"),
        ("series", "language", "en-us-X-TWAIN", "en-US-x-twain"),
        ("series", "language", None, ""),
        (
            "series",
            "alternateTitles",
            [{"label": "jp", "title": "サガ"}],
            [{"label": "jp", "title": "サガ"}],
        ),
        ("book", "titleLock", True, True),
        ("library", "name", " as it is ", " as it is "),
    ],
)
def test_a_value_gets_the_form_in_which_komga_stores_it(
    entity: str, field: str, value: Value, stored: Value
) -> None:
    assert normal(entity, field, value) == stored


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "role", "label", "url", "title"]), inner)
    ),
    max_leaves=5,
)


@given(VALUES)
def test_a_normal_value_is_its_own_normal_form(value: Value) -> None:
    for entity, fields in FIELDS.items():
        for field in fields:
            once = normal(entity, field, value)
            assert normal(entity, field, once) == once

"""Each rule by a table and by Hypothesis, and all of them against a real server."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.errors import Gone
from shelfhook.hosts.calibre import CalibreHost, ids, kinds, languages
from shelfhook.hosts.calibre.columns import Column, custom
from shelfhook.hosts.calibre.kinds import Kind
from shelfhook.model import Value
from tests.support.calibre import PATIENT, Calibre

pytestmark = PATIENT
KINDS = {name: one for name, one in vars(kinds).items() if isinstance(one, Kind)}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("TEXT", "  a  b ", "a  b"),
        ("TEXT", "", None),
        ("TEXT", 5, "5"),
        ("SERIES", "Saga [3]", "Saga"),
        ("SERIES", "Saga [3] [4.5]", "Saga"),
        ("SERIES", "Saga [1.2.3]", "Saga [1.2.3]"),
        ("SERIES", "[3]", "[3]"),
        ("WORDS", ["b", "A", "a", " B  c ", "x,y", "", None], ["A", "b", "B c", "x;y"]),
        ("WORDS", "one", ["one"]),
        ("WORDS", None, []),
        ("NAMES", ["Z & B", "A", "a"], ["Z ; B", "A"]),
        ("AUTHORS", [], ["Unknown"]),
        ("AUTHORS", ["A|B", "C, D"], ["A,B", "C, D"]),
        ("LANGUAGES", ["en", "EN-us", "pt_BR", "deu", "und", ""], ["eng", "por", "deu"]),
        ("IDENTIFIERS", {" Is:b,n": " 1,2 ", "doi": "", "a": None}, {"isbn": "1|2"}),
        ("IDENTIFIERS", None, {}),
        ("DATE", "2012-03-14", "2012-03-14T00:00:00+00:00"),
        ("DATE", "2012-03-14T01:00:00+13:00", "2012-03-13T12:00:00+00:00"),
        ("DATE", "2012-03-14T01:00:00Z", "2012-03-14T01:00:00+00:00"),
        ("DATE", "0101-01-01T00:00:00+00:00", None),
        ("DATE", "None", None),
        ("WHOLE", "7", 7),
        ("WHOLE", -7.9, -7),
        ("FLOAT", "7", 7.0),
        ("INDEX", None, 1.0),
        ("FLAG", "false", False),
        ("FLAG", 1, True),
        ("RATING", 99, 10),
        ("RATING", 0, None),
        ("RATING", -1, None),
    ],
)
def test_a_value_is_stored_as(kind: str, value: Value, stored: Value) -> None:
    assert KINDS[kind].normal(value) == stored
    assert KINDS[kind].fits(stored)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("TEXT", ["a"]),
        ("TITLE", None),
        ("TITLE", "  "),
        ("TEXT", True),
        ("TEXT", "a\x00b"),
        ("TEXT", "a\ud800"),
        ("WORDS", [["a"]]),
        ("WORDS", {"a": "b"}),
        ("WORDS", ["a\x01"]),
        ("LANGUAGES", ["Klingonese"]),
        ("LANGUAGES", ["xx"]),
        ("IDENTIFIERS", "isbn:1"),
        ("IDENTIFIERS", {"a": ["b"]}),
        ("DATE", "yesterday"),
        ("DATE", 2012),
        ("DATE", "0001-01-01T00:00:00+14:00"),
        ("WHOLE", "x"),
        ("WHOLE", 2**63),
        ("WHOLE", math.nan),
        ("FLOAT", math.inf),
        ("FLOAT", "nan"),
        ("FLOAT", 10**400),
        ("FLAG", "no"),
        ("FLAG", 0.5),
        ("RATING", "x"),
        ("COMPUTED", "x"),
    ],
)
def test_a_value_that_makes_no_sense_does_not_fit(kind: str, value: Value) -> None:
    assert not KINDS[kind].fits(KINDS[kind].normal(value))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(value=VALUES)
def test_a_normal_form_is_its_own_and_what_fits_is_json(kind: Kind, value: Value) -> None:
    once = kind.normal(value)
    if not kind.fits(once):
        return
    assert kind.normal(once) == once
    assert json.loads(json.dumps(once, allow_nan=False)) == once


@pytest.mark.parametrize(
    ("told", "column"),
    [
        ({"datatype": "text", "is_multiple2": {}}, Column(kinds.TEXT)),
        ({"datatype": "text", "multiple_seps": {"list_to_ui": ", "}}, Column(kinds.WORDS)),
        ({"datatype": "text", "is_multiple2": {"list_to_ui": " & "}}, Column(kinds.NAMES)),
        (
            {"datatype": "enumeration", "display": {"enum_values": ["a"]}},
            Column(kinds.CHOICE, ("a",)),
        ),
        ({"datatype": "composite"}, Column(kinds.COMPUTED)),
        ({"datatype": "hologram"}, Column(kinds.COMPUTED)),
        ({}, Column(kinds.COMPUTED)),
    ],
)
def test_a_custom_column_is_of_the_kind_that_the_server_says(
    told: dict[str, object], column: Column
) -> None:
    found = custom(told)
    assert found.kind is column.kind
    assert found.choices == column.choices


def test_all_languages_of_two_letters_have_one_of_three() -> None:
    assert len({languages.code(one) for one in ("en", "eng", "EN-gb", " en ")}) == 1
    assert languages.code("zz") == "zz"
    assert languages.code("mul") == ""


@pytest.mark.parametrize(
    "text", ["", "a", "a/", "/1", "a/0", "a/01", "a/-1", "a/1/2", "a/²", "a/x"]
)
def test_what_is_no_id_of_a_book_is_gone(text: str) -> None:
    with pytest.raises(Gone):
        ids.read(text)


def test_an_id_names_library_and_number() -> None:
    assert ids.read("Sci Fi: ä/12") == ("Sci Fi: ä", 12)
    assert str(ids.read("a/12")) == "a/12"
    with pytest.raises(Gone, match="too large"):
        ids.read(f"a/{2**63}")


RAW: dict[str, list[Value]] = {
    "title": ["A title", "  a   b ", "ß / É", "x [3]"],
    "authors": [["A", "a", "B"], ["A & B", "C|D", "x   y", " "], [], ["É", "é", "E, F"]],
    "tags": [["b", "A", "a ", "x,y"], ["é", "É", "ß", "ss", "x   y"], [], None],
    "publisher": [" P  Q ", "", None],
    "comments": [" <b>x</b>\n", "a\r\nb", "", None],
    "rating": [0, 1, 7, "7", 7.9, 11, -3, None],
    "languages": [["en", "deu", "EN"], ["pt_BR", "en-GB", "und", "mul"], ["zh", "yue"], []],
    "identifiers": [{"IS:BN": " 1,2 ", "doi": "", "x": None}, {}],
    "series": ["Foo", " Foo  Bar ", "Foo [1]", "Foo [x]", "[1]", None],
    "#text": [" x ", "", None],
    "#words": [["b", "A", "a ", "x,y"], []],
    "#names": [["B", "A & C", "b"], []],
    "#number": [5, "6", 7.9, True, None],
    "#real": [1, "2.5", 0.1, None],
    "#flag": [True, "true", "FALSE", 0, 1, "", None],
    "#stars": [0, 1, 7, 11, "3", None],
    "#choice": ["Read", " To read ", None],
    "#saga": ["Q", "Q [2]", None],
    "#notes": [" <p>x</p> ", "", None],
    "#when": ["2020-01-02", "2020-01-02T03:04:05.678901+02:00", "0101-01-01", None],
}
"""Values as somebody else may write them, without us."""


def test_what_calibre_makes_of_a_value_is_what_normalise_says(
    calibre: Calibre, host: CalibreHost
) -> None:
    assert {*RAW, "series_index", "pubdate"} == {*host.item("Comics/1").fields}
    for name, values in RAW.items():
        for value in values:
            calibre.set_fields("Comics", 1, {name: value})
            read = host.item("Comics/1").fields[name]
            assert read == host.normalise("book", name, value), (name, value)


def test_calibre_knows_every_language_of_our_table(calibre: Calibre, host: CalibreHost) -> None:
    table = dict(languages.LONG)
    calibre.set_fields("Comics", 2, {"languages": list(table)})
    assert host.item("Comics/2").fields["languages"] == list(table.values())

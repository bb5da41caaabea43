"""Read lists that follow a CBL file."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.actions import collect_cbl, collect_sorting
from shelfhook.actions.collect import Collect
from shelfhook.actions.collect_cbl import Entry, plain_name, plain_number
from shelfhook.actions.collect_matching import match
from shelfhook.actions.collect_parameters import CollectParameters
from shelfhook.errors import ConfigurationError
from shelfhook.model import Change, Finding, Item, Severity
from tests.actions.tag_shelves import KomgaLike
from tests.actions.test_collect import book
from tests.support.contexts import context

CBL = """<?xml version="1.0" encoding="utf-8"?>
<ReadingList xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Name>Civil War &amp; after</Name>
  <NumIssues>4</NumIssues>
  <Books>
    <Book Series="Civil War" Number="1" Volume="2006" Year="2006"><Id>a</Id></Book>
    <Book Series="Amazing Spider-Man" Number="532" Volume="1999" Year="2006">
      <Database Name="cv" Series="1" Issue="2"/>
    </Book>
    <Book Series="" Number="7" />
    <Book Series="Civil War" Number="2" Volume="2006" Year="2006" />
  </Books>
  <Matchers />
</ReadingList>
"""


def written(folder: Path, content: str | bytes = CBL) -> str:
    file = folder / "civil war.cbl"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


def collect(folder: Path, name: str = "") -> Collect:
    rule = {"kind": "read-list", "cbl": written(folder), "name": name}
    return Collect(CollectParameters.model_validate({"lists": [rule]}))


def civil_war(number: str, **more: object) -> Item:
    fields = {"number": number, "releaseDate": more.pop("released", "2006-07-01")}
    return book(series_name=str(more.pop("title", "Civil War")), fields=fields, **more)


def test_a_file_names_its_list_and_its_books_in_order(tmp_path: Path) -> None:
    order = collect_cbl.read(written(tmp_path))
    assert order.name == "Civil War & after"
    assert [(one.place, str(one)) for one in order.entries] == [
        (1, "Civil War #1 (2006)"),
        (2, "Amazing Spider-Man #532 (1999)"),
        (4, "Civil War #2 (2006)"),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_files_come_in_many_encodings(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = CBL.replace('"utf-8"', f'"{declared}"').replace("Civil War &amp; after", "Äon")
    assert collect_cbl.read(written(tmp_path, text.encode(encoding))).name == "Äon"


def test_a_file_without_a_name_is_named_by_its_own(tmp_path: Path) -> None:
    text = CBL.replace("<Name>Civil War &amp; after</Name>", "")
    assert collect_cbl.read(written(tmp_path, text)).name == "civil war"


BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    '<ReadingList><Books><Book Series="&b;" Number="1"/></Books></ReadingList>'
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not read, since"),
        ("<ReadingList>", "not read, since"),
        ("no XML", "not read, since"),
        (BOMB, "it has a DOCTYPE, as attacks do"),
        ("<ReadingList><Books/></ReadingList>", "it names no books; is it a CBL file?"),
        ("<ComicInfo><Series>x</Series></ComicInfo>", "it names no books"),
        (b"\xff\xfe\x00", "not read, since"),
        (b" " * (8 * 1024 * 1024 + 1), "larger than 8 MiB"),
    ],
)
def test_what_is_no_reading_order_is_refused(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"civil war.cbl: .*{words}".replace("?", r"\?")):
        collect_cbl.read(written(tmp_path, content))


@pytest.mark.parametrize(
    ("name", "words"),
    [("/nowhere/x.cbl", "no such file"), ("~nobody-here/x.cbl", "home"), ("/", "not a file")],
)
def test_a_place_without_a_file_is_named(name: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        collect_cbl.read(name)


def test_a_book_that_the_order_names_goes_to_its_place(tmp_path: Path) -> None:
    item = civil_war("2")
    (change,) = collect(tmp_path).plan(item, context(KomgaLike(item)))
    assert isinstance(change, Change)
    assert (change.entity, change.entity_id) == ("read-list", "Civil War & after")
    assert change.after == {
        "member": "B1",
        "sort": "000004",
        "ordered": True,
        "entries": ["Civil War\t2\t2006\t2006"],
    }


def entries_of(action: Collect, *items: Item) -> set[str]:
    """What the wishes of these books say that they are."""
    planned = [one for item in items for one in action.plan(item, context(KomgaLike(item)))]
    changes = [one for one in planned if isinstance(one, Change)]
    return {entry for change in changes for entry in cast("list[str]", change.after["entries"])}


def test_a_book_that_is_not_in_the_library_is_a_finding_with_its_name(tmp_path: Path) -> None:
    action = collect(tmp_path)
    assert list(action.judged()) == [("read-list", "Civil War & after")]
    there = entries_of(action, civil_war("2"), civil_war("7"))
    found = action.lacking("read-list", "CIVIL War & after", there)
    assert [one.place for one in found] == [
        "Civil War #1 (2006)",
        "Amazing Spider-Man #532 (1999)",
    ]
    assert {(one.code, one.severity) for one in found} == {("collect.missing", Severity.INFO)}
    assert "has Civil War #1 (2006), which no book of the library is" in found[0].message
    assert list(action.lacking("read-list", "Another", there)) == []


def test_a_book_of_another_year_is_not_the_one_that_is_missing(tmp_path: Path) -> None:
    action = collect(tmp_path)
    there = entries_of(action, civil_war("1", released="2015-07-01"))
    assert "Civil War #1 (2006)" in [
        one.place for one in action.lacking(*action.judged()[0], there)
    ]


def rules(*given: dict[str, object]) -> Collect:
    return Collect(CollectParameters.model_validate({"lists": list(given)}))


def test_entries_that_are_the_same_book_are_found_together(tmp_path: Path) -> None:
    """Whatever of them says its place."""
    again = '<Book Series="Civil War" Number="2" /><Book Series="Civil War" Number="2" />'
    content = CBL.replace("  </Books>", f"{again}  </Books>")
    action = rules({"kind": "read-list", "cbl": written(tmp_path, content)})
    there = entries_of(action, civil_war("1"), civil_war("2"))
    assert [one.place for one in action.lacking(*action.judged()[0], there)] == [
        "Amazing Spider-Man #532 (1999)"
    ]
    missing = action.lacking(*action.judged()[0], set())
    assert len(missing) == len({one.place for one in missing}) == 4


def test_two_files_for_one_list_lack_what_either_names(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    content = CBL.replace("Civil War", "Secret War")
    action = rules(
        {"kind": "read-list", "cbl": written(tmp_path), "name": "All"},
        {"kind": "read-list", "cbl": written(other, content), "name": "ALL "},
    )
    there = entries_of(action, civil_war("2"), civil_war("1", title="Secret War"))
    assert [one.place for one in action.lacking("read-list", "all", there)] == [
        "Civil War #1 (2006)",
        "Amazing Spider-Man #532 (1999)",
        "Secret War #2 (2006)",
    ]


def test_of_a_list_with_a_condition_nobody_knows_what_it_lacks(tmp_path: Path) -> None:
    where = {"publisher": "Marvel"}
    action = rules({"kind": "read-list", "cbl": written(tmp_path), "where": where})
    assert list(action.judged()) == []
    assert list(action.lacking("read-list", "Civil War & after", set())) == []


def test_lists_by_rule_lack_nothing() -> None:
    assert list(rules({"name": "{publisher}"}).judged()) == []


def test_the_list_may_have_another_name(tmp_path: Path) -> None:
    (change,) = collect(tmp_path, "Marvel").plan(civil_war("1"), context(KomgaLike()))
    assert isinstance(change, Change)
    assert change.entity_id == "Marvel"


def test_a_book_that_the_order_does_not_name_goes_nowhere(tmp_path: Path) -> None:
    assert list(collect(tmp_path).plan(civil_war("3"), context(KomgaLike()))) == []


def test_a_book_of_another_year_is_a_finding_rather_than_a_guess(tmp_path: Path) -> None:
    item = civil_war("1", released="2015-07-01")
    (finding,) = collect(tmp_path).plan(item, context(KomgaLike(item)))
    assert isinstance(finding, Finding)
    assert finding.code == "collect.other-year"
    assert "'Civil War & after' has Civil War #1 (2006)" in finding.message
    assert "'Civil War (2006)'" in finding.remedy


def test_other_books_in_the_file_make_another_recipe(tmp_path: Path) -> None:
    one = collect(tmp_path).recipe
    assert collect(tmp_path).recipe == one
    rule = {"kind": "read-list", "cbl": written(tmp_path, CBL.replace('"532"', '"533"'))}
    other = Collect(CollectParameters.model_validate({"lists": [rule]}))
    assert other.recipe != one


CIVIL_WAR = Entry(1, "Civil War", "1", "2006", "2006")


@pytest.mark.parametrize(
    ("entry", "item"),
    [
        (CIVIL_WAR, civil_war("1")),
        (CIVIL_WAR, civil_war("001")),
        (CIVIL_WAR, civil_war("1", title="civil WAR")),
        (CIVIL_WAR, civil_war("1", title="The Civil War")),
        (CIVIL_WAR, civil_war("1", title="Civil War (2006)")),
        (CIVIL_WAR, civil_war("1", title="Civil War (2006)", released="2020-01-01")),
        (CIVIL_WAR, civil_war("1", path="/x/Civil War (2006)/1.cbz", released="2020-01-01")),
        (CIVIL_WAR, civil_war("1", released=None)),
        (CIVIL_WAR, civil_war("1", released="2007-01-01")),
        (Entry(1, "Civil War (2006)", "#01"), civil_war("1", title="Civil War (2006)")),
        (Entry(1, "Civil War", "1"), civil_war("1", title="Civil War (2015)", released=None)),
        (Entry(1, "Civil War", "1", "2"), civil_war("1", title="Civil War v02")),
        (Entry(1, "Amélie & Co.", "½"), civil_war("½", title="Amelie and Co")),
    ],
    ids=str,
)
def test_a_book_is_known_by_series_number_and_year(entry: Entry, item: Item) -> None:
    found = match(item, collect_cbl.order("x", (entry,)))
    assert found.entry == entry


@pytest.mark.parametrize(
    "item",
    [
        civil_war("2"),
        civil_war("1.5"),
        civil_war("", released="2006-01-01"),
        civil_war("1", title="Civil War II"),
        civil_war("1", title="Civil War (2015)", released="2006-01-01"),
        civil_war("1", path="/x/Civil War (2015)/1.cbz"),
    ],
    ids=str,
)
def test_another_book_is_not_taken_for_it(item: Item) -> None:
    found = match(item, collect_cbl.order("x", (CIVIL_WAR,)))
    assert (found.entry, found.doubtful) == (None, None)


def test_volumes_of_one_name_are_told_apart() -> None:
    first, second = Entry(1, "X-Men", "1", "1"), Entry(2, "X-Men", "1", "2")
    order = collect_cbl.order("x", (first, second))
    assert match(civil_war("1", title="X-Men v2"), order).entry == second
    assert match(civil_war("1", title="X-Men Vol. 1"), order).entry == first


def test_of_two_places_of_a_book_the_first_counts() -> None:
    order = collect_cbl.order("x", (CIVIL_WAR, Entry(9, "Civil War", "1", "2006", "2006")))
    assert match(civil_war("1"), order).entry == CIVIL_WAR


@pytest.mark.parametrize(
    ("one", "other"),
    [("Spider-Man", "spider man"), ("The X", "X"), ("A & B", "A and B"), ("É_T", "E T")],
)
def test_names_are_compared_as_people_mean_them(one: str, other: str) -> None:
    assert plain_name(one) == plain_name(other)


@pytest.mark.parametrize(("one", "other"), [("The", ""), ("X", "XX"), ("A", "")])
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert plain_name(one) != plain_name(other)


@given(st.text())
def test_a_plain_name_and_number_stay_as_they_are(text: str) -> None:
    assert plain_number(plain_number(text)) == plain_number(text)
    assert "  " not in plain_name(text)


@given(st.floats(-1000, 100_000), st.floats(-1000, 100_000))
def test_keys_of_numbers_sort_as_the_numbers_do(one: float, other: float) -> None:
    one, other = round(one, 3), round(other, 3)
    assert (collect_sorting.number(one) < collect_sorting.number(other)) == (one < other)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_names_that_count_sort_by_what_they_count(one: int, other: int) -> None:
    keys = [collect_sorting.natural(f"Part {number}") for number in (one, other)]
    assert (keys[0] < keys[1]) == (one < other)

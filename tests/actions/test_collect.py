"""`collect`: which lists a series or a book belongs on."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

from shelfhook.actions import registry
from shelfhook.actions.collect import Collect
from shelfhook.actions.collect_parameters import CollectParameters
from shelfhook.errors import ConfigurationError
from shelfhook.model import Change, ChangeKind, Finding, Item, Severity, Value
from shelfhook.ports import ActionType, Planned, SeriesAction
from shelfhook.rules import merge_members
from tests.actions.tag_shelves import KomgaLike
from tests.support.contexts import FolderFiles, NoFiles, context

SERIES_FIELDS: dict[str, Value] = {
    "title": "Saga",
    "titleSort": "Saga",
    "publisher": "Image",
    "language": "en",
    "genres": ["drama", "science fiction"],
    "tags": ["space"],
}


def series(series_id: str = "S1", **fields: Value) -> Item:
    values = {**SERIES_FIELDS, **fields}
    return Item(series_id, str(values["title"]), "L1", entity="series", fields=values)


def book(book_id: str = "B1", number: float = 1, **more: Any) -> Item:
    fields: dict[str, Value] = {
        "title": f"Saga #{number:g}",
        "number": f"{number:g}",
        "numberSort": float(number),
        "releaseDate": "2012-03-14",
        "tags": [],
        **more.pop("fields", {}),
    }
    series_name = more.pop("series_name", "Saga")
    path = more.pop("path", f"/data/{series_name}/{book_id}.cbz")
    return Item(book_id, f"{book_id}.cbz", "L1", "S1", path, fields, series_name=series_name)


def collect(*lists: Mapping[str, Any]) -> Collect:
    return Collect(CollectParameters.model_validate({"lists": list(lists)}))


def wishes(planned: list[Planned]) -> list[tuple[str, str, Value]]:
    found = [one for one in planned if isinstance(one, Change)]
    assert all(one.kind is ChangeKind.LIST for one in found)
    return [(one.entity, one.entity_id, one.after["member"]) for one in found]


def of_series(item: Item, *lists: Mapping[str, Any]) -> list[Planned]:
    return list(collect(*lists).plan_series(item, context(KomgaLike(item))))


def of_book(item: Item, *lists: Mapping[str, Any], shelf: Item | None = None) -> list[Planned]:
    host = KomgaLike(item, shelf or series())
    return list(collect(*lists).plan(item, context(host, files=FolderFiles())))


def test_it_looks_at_series_too_and_does_nothing_unless_told() -> None:
    action: SeriesAction = collect()
    assert action.needs == frozenset()
    host = KomgaLike(series(), book())
    assert list(action.plan(book(), context(host))) == []
    assert list(action.plan_series(series(), context(host))) == []


@pytest.mark.parametrize(
    ("name", "lists"),
    [
        ("All of {publisher}", ["All of Image"]),
        ("{genre}", ["drama", "science fiction"]),
        ("{publisher}: {genre}", ["Image: drama", "Image: science fiction"]),
        ("{tag} {language} {series}", ["space en Saga"]),
        (" {publisher}  Comics ", ["Image Comics"]),
    ],
)
def test_a_series_goes_onto_every_list_that_its_rule_names(name: str, lists: list[str]) -> None:
    assert wishes(of_series(series(), {"name": name})) == [
        ("collection", one, "S1") for one in lists
    ]


@pytest.mark.parametrize(
    "fields",
    [{"publisher": ""}, {"publisher": "  "}, {"publisher": None}, {"genres": []}],
)
def test_where_a_placeholder_has_no_value_there_is_no_list(fields: dict[str, Value]) -> None:
    assert of_series(series(**fields), {"name": "{publisher} {genre}"}) == []


def test_conditions_choose_series() -> None:
    rule = {"name": "Space", "where": {"tag": "spa*", "publisher": ["DC", "image"]}}
    assert wishes(of_series(series(), rule)) == [("collection", "Space", "S1")]
    assert of_series(series(publisher="Panini"), rule) == []


def test_conditions_choose_books_by_their_series_which_is_read_once() -> None:
    rules = [
        {"kind": "read-list", "name": f"L{n}", "where": {"publisher": "Image"}} for n in range(3)
    ]
    host = KomgaLike(book(), series())
    planned = collect(*rules).plan(book(), context(host))
    assert wishes(list(planned)) == [("read-list", f"L{n}", "B1") for n in range(3)]
    assert host.series_read == 1


def test_a_series_is_not_read_if_no_rule_asks_for_it() -> None:
    host = KomgaLike(book(), series())
    rule = {"kind": "read-list", "name": "{series} {year}", "where": {"series": "Saga"}}
    planned = collect(rule).plan(book(), context(host))
    assert wishes(list(planned)) == [("read-list", "Saga 2012", "B1")]
    assert host.series_read == 0


def test_each_kind_of_member_is_planned_once() -> None:
    rules = [{"name": "{publisher}"}, {"kind": "read-list", "name": "{series}"}]
    assert wishes(of_series(series(), *rules)) == [("collection", "Image", "S1")]
    assert wishes(of_book(book(), *rules)) == [("read-list", "Saga", "B1")]


@pytest.mark.parametrize(
    ("lists", "needs"),
    [
        ([{"name": "{publisher}"}], {"collections"}),
        ([{"kind": "read-list", "name": "{series}"}], {"read-lists"}),
        (
            [{"name": "{genre}"}, {"kind": "read-list", "name": "{series}"}],
            {"collections", "read-lists"},
        ),
    ],
)
def test_it_needs_of_the_host_what_its_rules_ask_for(
    lists: list[dict[str, str]], needs: set[str]
) -> None:
    assert collect(*lists).needs == needs


def test_a_list_without_an_order_is_sorted_by_the_server() -> None:
    (change,) = of_series(series(), {"name": "{publisher}"})
    assert isinstance(change, Change)
    assert change.after == {"member": "S1", "sort": "", "ordered": False}


SHELF = [
    book("B1", 10, fields={"title": "Saga 10", "releaseDate": "2013-01-01"}),
    book("B2", 9, fields={"title": "Saga 9", "releaseDate": "2014-01-01"}),
    book("B3", 1, series_name="Alpha", fields={"title": "zeta", "releaseDate": None}),
    book("B4", 0.5, fields={"title": "Élan", "releaseDate": "2012-01-01"}),
]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("series-number", ["B3", "B4", "B2", "B1"]),
        ("date", ["B4", "B1", "B2", "B3"]),
        ("name", ["B4", "B2", "B1", "B3"]),
    ],
)
def test_members_come_in_the_order_of_the_rule(sort: str, order: list[str]) -> None:
    rule = {"kind": "read-list", "name": "x", "where": {"file": "*"}, "sort": sort}
    planned = [one for item in SHELF for one in of_book(item, rule)]
    changes = [one for one in planned if isinstance(one, Change)]
    assert all(one.after["ordered"] for one in changes)
    wanted = {str(one.after["member"]): str(one.after["sort"]) for one in changes}
    once = merge_members((), wanted, ordered=True)
    assert list(once) == order
    assert merge_members(once, wanted, ordered=True) == once, "a second run moves nothing"


def test_series_are_sorted_by_their_sorting_title() -> None:
    rule = {"name": "All", "where": {"publisher": "*"}, "sort": "name"}
    items = [
        series("S1", title="The Zoo 10", titleSort="Zoo 10, The"),
        series("S2", title="The Zoo 9", titleSort="Zoo 9, The"),
        series("S3", title="Yard", titleSort=""),
    ]
    keys = {}
    for item in items:
        (change,) = of_series(item, rule)
        assert isinstance(change, Change)
        keys[item.id] = change.after["sort"]
    assert sorted(keys, key=lambda one: str(keys[one])) == ["S3", "S2", "S1"]


def comic(folder: Path, info: str | None) -> Item:
    path = folder / "B1.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", b"\x89PNG\r\n\x1a\n")
        if info is not None:
            archive.writestr("ComicInfo.xml", f"<ComicInfo>{info}</ComicInfo>")
    return book(path=str(path))


ARC = {"kind": "read-list", "name": "{story_arc}"}
GROUP = {"name": "{series_group}"}


def test_story_arcs_are_read_from_the_file_and_keep_their_own_order(tmp_path: Path) -> None:
    told = "<StoryArc>Fear Itself, Siege</StoryArc><StoryArcNumber>10, 2</StoryArcNumber>"
    planned = of_book(comic(tmp_path, told), ARC)
    assert wishes(planned) == [("read-list", "Fear Itself", "B1"), ("read-list", "Siege", "B1")]
    changes = [one for one in planned if isinstance(one, Change)]
    assert all(one.after["ordered"] for one in changes)
    tenth, second = (str(one.after["sort"]) for one in changes)
    assert second < tenth


def test_a_book_without_a_number_in_its_arc_comes_behind_those_that_have_one(
    tmp_path: Path,
) -> None:
    keys = []
    for told in ("<StoryArcNumber>999</StoryArcNumber>", "", "<StoryArcNumber>x</StoryArcNumber>"):
        (change,) = of_book(comic(tmp_path, f"<StoryArc>Siege</StoryArc>{told}"), ARC)
        assert isinstance(change, Change)
        keys.append(str(change.after["sort"]))
    assert keys[0] < keys[1] == keys[2]


def test_a_series_group_is_read_from_a_book_and_takes_its_series(tmp_path: Path) -> None:
    item = comic(tmp_path, "<SeriesGroup>X-Men,Mutants</SeriesGroup>")
    assert wishes(of_book(item, GROUP)) == [
        ("collection", "X-Men", "S1"),
        ("collection", "Mutants", "S1"),
    ]
    assert of_series(series(), GROUP) == []


@pytest.mark.parametrize("info", [None, "", "<StoryArc> , </StoryArc>"])
def test_a_file_that_names_no_arc_goes_onto_no_list(tmp_path: Path, info: str | None) -> None:
    assert of_book(comic(tmp_path, info), ARC, GROUP) == []


def test_a_book_in_another_format_names_no_arc(tmp_path: Path) -> None:
    path = tmp_path / "B1.cbr"
    path.write_bytes(b"Rar!\x1a\x07\x00")
    assert of_book(book(path=str(path)), ARC) == []


def test_a_file_that_cannot_be_read_is_a_finding_and_stops_no_other_rule(tmp_path: Path) -> None:
    path = tmp_path / "B1.cbz"
    path.write_bytes(b"PK\x03\x04 and no more")
    other = {"kind": "read-list", "name": "{series}"}
    change, finding = of_book(book(path=str(path)), ARC, other)
    assert wishes([change]) == [("read-list", "Saga", "B1")]
    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("collect.no-comicinfo", Severity.INFO)


def test_where_no_folder_is_mapped_that_is_said_only_if_a_rule_needs_files() -> None:
    host = KomgaLike(book(), series())
    without = context(host, files=NoFiles())
    (finding,) = collect(ARC).plan(book(), without)
    assert isinstance(finding, Finding)
    assert "no folder is mapped" in finding.message
    assert wishes(list(collect({"kind": "read-list", "name": "{series}"}).plan(book(), without)))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "a list needs a name"),
        ({"name": "  "}, "a list needs a name"),
        ({"name": "All"}, "'All' would hold everything"),
        ({"name": "{title}"}, "unknown placeholder; use only {genre}, {language}"),
        ({"name": "{story_arc}"}, "unknown placeholder"),
        ({"kind": "read-list", "name": "{series_group}"}, "unknown placeholder"),
        ({"name": "{publisher"}, "expected '}'"),
        ({"name": "{publisher}", "sort": "date"}, "series have no date to sort by"),
        ({"kind": "shelf", "name": "{publisher}"}, "collection"),
        ({"name": "{publisher}", "sort": "size"}, "name"),
        ({"name": "{publisher}", "extra": 1}, "Extra inputs"),
        ({"cbl": "x.cbl"}, "a list with cbl is a read-list"),
        ({"kind": "read-list", "cbl": "x.cbl", "sort": "date"}, "has the order of its file"),
        ({"kind": "read-list", "cbl": "/nowhere/x.cbl"}, "/nowhere/x.cbl: there is no such file"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        CollectParameters.model_validate({"lists": [rule]})
    assert words in str(refused.value)


def test_all_parameters_work_from_toml(tmp_path: Path) -> None:
    (tmp_path / "siege.cbl").write_text(
        '<ReadingList><Name>Siege</Name><Books><Book Series="Saga" Number="1"/></Books>'
        "</ReadingList>"
    )
    text = f"""
        [[lists]]
        name = "{{publisher}}"
        where = {{ publisher = "?*", genre = ["drama", "crime*"] }}
        sort = "name"

        [[lists]]
        kind = "read-list"
        name = "{{story_arc}}"

        [[lists]]
        kind = "read-list"
        cbl = "{tmp_path}/siege.cbl"
    """
    actions = {"collect": cast("ActionType", Collect)}
    made = registry.make(actions, "collect", tomllib.loads(text))
    assert made.needs == {"collections", "read-lists"}
    with pytest.raises(ConfigurationError, match=r"lists\.0\.where\.tags: unknown parameter"):
        registry.make(actions, "collect", {"lists": [{"name": "x", "where": {"tags": "y"}}]})

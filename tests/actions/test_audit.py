"""`audit` reports everything that is wrong with a book, and nothing about a sound one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shelfhook.actions.audit import Audit, AuditParameters
from shelfhook.actions.findings import KINDS, MORE, MOST, findings
from shelfhook.archives.faults import Fault
from shelfhook.errors import Gone, Permanent
from shelfhook.model import Change, ChangeKind, Fields, Finding, Item, Severity, Value
from shelfhook.pool import HeavyPool
from shelfhook.ports import Planned
from tests.actions.hosts import ShelfHost, apply
from tests.support.archives import faulty, sound
from tests.support.books import cbz, comic_info, pages, picture
from tests.support.contexts import FolderFiles, context
from tests.support.rawzip import Raw, rawzip

SOURCES = Path(__file__).parents[2] / "plugin" / "shelfhook"
FIELDS: Fields = {"title": "Low Water", "number": "12", "tags": []}


class KomgaLike(ShelfHost):
    """Keeps tags as Komga does: lower case, each once, sorted."""

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        if field == "tags" and isinstance(value, Sequence):
            return sorted({str(tag).strip().lower() for tag in value} - {""})
        return super().normalise(entity, field, value)


def book(path: Path, **edits: object) -> Item:
    item = Item("B1", path.name, path=str(path), fields=FIELDS, status="READY")
    return replace(item, **edits)  # type: ignore[arg-type] # by keyword


def plan(item: Item, **parameters: object) -> list[Planned]:
    action = Audit(AuditParameters.model_validate(parameters))
    return list(action.plan(item, context(KomgaLike(item), files=FolderFiles())))


def found(item: Item, **parameters: object) -> list[Finding]:
    return [one for one in plan(item, **parameters) if isinstance(one, Finding)]


def changes(item: Item, **parameters: object) -> list[Change]:
    return [one for one in plan(item, **parameters) if isinstance(one, Change)]


def codes(item: Item, **parameters: object) -> list[str]:
    return [one.code for one in found(item, **parameters)]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return cbz(tmp_path / "good.cbz", {**pages(), "ComicInfo.xml": comic_info(Number=12)})


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return cbz(tmp_path / "bad.cbz", {**pages(2), "003.jpg": b"not found"})


def test_every_planted_fault_is_found(tmp_path: Path) -> None:
    planted = faulty(tmp_path)
    missed = [
        one.path.name
        for one in planted
        if one.code not in codes(book(one.path, pages=one.host_pages))
    ]

    assert len(planted) >= 60
    assert missed == []


def test_sound_books_have_no_findings(tmp_path: Path) -> None:
    books = sound(tmp_path)
    fields = {**FIELDS, "number": ""}  # theirs differ
    reported = {path.name: found(book(path, fields=fields), require=()) for path in books}

    assert len(reported) == 200
    assert {name: one for name, one in reported.items() if one} == {}


def test_a_finding_says_what_is_wrong_where_and_what_helps(bad: Path) -> None:
    assert found(book(bad)) == [
        Finding(
            "page.undecodable",
            Severity.ERROR,
            "A page cannot be decoded (it is plain text).",
            "Get the file again from its source, or restore it from a backup.",
            place="003.jpg",
        )
    ]


def test_the_worst_findings_come_first(tmp_path: Path) -> None:
    path = cbz(tmp_path / "a.cbr", {**pages(), "x.nfo": b"text", "9.jpg": b"not found"})

    assert codes(book(path)) == ["page.undecodable", "archive.extension", "archive.foreign"]


@pytest.mark.parametrize(
    ("status", "pages", "reported"),
    [
        ("READY", 3, []),
        ("READY", None, []),
        ("READY", 4, ["page.count"]),
        ("", 2, ["page.count"]),
        ("UNKNOWN", 0, []),
        ("ERROR", 0, ["host.status"]),
        ("unsupported", 0, ["host.status"]),
    ],
)
def test_the_hosts_own_view_is_compared(
    good: Path, status: str, pages: int | None, reported: list[str]
) -> None:
    assert codes(book(good, status=status, pages=pages)) == reported


def test_a_host_may_count_pages_or_not_that_cannot_be_read(bad: Path) -> None:
    reported = {count: codes(book(bad, pages=count)) for count in (1, 2, 3, 4)}

    assert [("page.count" in one) for one in reported.values()] == [True, False, False, True]


@pytest.mark.parametrize(
    ("fields", "reported"),
    [
        ({}, []),
        ({"title": " "}, ["metadata.missing"]),
        ({"title": None, "number": ""}, ["metadata.missing"] * 2),
        ({"title": "good"}, ["metadata.stem"]),
        ({"number": "012"}, []),
        ({"number": "13"}, ["metadata.differs"]),
    ],
)
def test_the_hosts_metadata_is_examined(
    good: Path, fields: Mapping[str, Value], reported: list[str]
) -> None:
    assert codes(book(good, fields={**FIELDS, **fields})) == reported


@pytest.mark.parametrize(
    ("require", "places"),
    [([], []), (["tags"], ["tags"]), (["summary", "number", "tags"], ["summary", "tags"])],
)
def test_required_fields_are_chosen(
    good: Path, require: tuple[str, ...], places: list[str]
) -> None:
    assert [one.place for one in found(book(good), require=require)] == places


def test_a_comicinfo_is_missed_only_on_request(bad: Path, good: Path) -> None:
    assert "comicinfo.missing" not in codes(book(bad))
    assert "comicinfo.missing" in codes(book(bad), require_comicinfo=True)
    assert codes(book(good), require_comicinfo=True) == []


@pytest.mark.parametrize(
    ("switch", "left"),
    [
        ("archive", ["comicinfo", "host", "metadata", "page"]),
        ("pages", ["archive", "comicinfo", "host", "metadata"]),
        ("comicinfo", ["archive", "host", "metadata", "page"]),
        ("metadata", ["archive", "comicinfo", "host", "page"]),
    ],
)
def test_each_examination_can_be_left_out(tmp_path: Path, switch: str, left: list[str]) -> None:
    entries = {"1.jpg": b"not found", "x.nfo": b"x", "ComicInfo.xml": b"<"}
    item = book(cbz(tmp_path / "a.cbz", entries), fields={}, status="ERROR")
    groups = {code.partition(".")[0] for code in codes(item, **{switch: False})}

    assert sorted(groups) == left


def test_the_file_is_not_touched_where_only_metadata_is_examined(tmp_path: Path) -> None:
    item = book(tmp_path / "gone.cbz", fields={})
    parameters = {"archive": False, "pages": False, "comicinfo": False}

    assert codes(item, **parameters) == ["metadata.missing"] * 2


def test_a_book_that_cannot_be_had_is_no_finding(tmp_path: Path) -> None:
    item = book(tmp_path / "gone.cbz")
    action = Audit(AuditParameters())

    with pytest.raises(Gone):
        action.plan(item, context(ShelfHost(item), files=FolderFiles()))
    with pytest.raises(Permanent, match="no folder is mapped"):
        action.plan(item, context(ShelfHost(item)))


def test_a_file_is_read_in_a_worker_process(good: Path, bad: Path) -> None:
    action = Audit(AuditParameters())
    with HeavyPool(1, 60) as heavy:
        there = replace(context(KomgaLike(), files=FolderFiles()), heavy=heavy)
        reported = [action.plan(book(path), there) for path in (good, bad)]

        assert len(heavy.pids) == 1
    assert reported == [[], found(book(bad))]


@pytest.mark.parametrize(
    ("ignore", "reported"),
    [
        (["page.undecodable"], []),
        (["page.*"], []),
        (["*"], []),
        (["archive.*", "comicinfo.mis?ing"], ["page.undecodable"]),
    ],
)
def test_codes_can_be_ignored(bad: Path, ignore: list[str], reported: list[str]) -> None:
    assert codes(book(bad), ignore=ignore) == reported


@pytest.mark.parametrize("pattern", ["page.undecodeable", "pages.*", ""])
def test_a_pattern_that_fits_no_code_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="fits no code of a finding"):
        AuditParameters(ignore=(pattern,))


def test_the_limits_of_the_parameters_hold(tmp_path: Path) -> None:
    path = cbz(tmp_path / "a.cbz", {"1.png": picture(".png", 0, (1_001, 1_000))})

    assert codes(book(path), max_megapixels=1) == ["page.too-large"]
    assert codes(book(path), max_megapixels=2) == []
    assert codes(book(path), max_unpacked_mb=2) == ["archive.too-large"]


def test_findings_of_one_book_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    raws = [Raw(b"%d.jpg" % number, b"x", crc=1) for number in range(300)]
    raws += [Raw(b"../%d.jpg" % number, b"x") for number in range(300)]
    raws += [Raw(b"%d.nfo" % number, b"x") for number in range(300)]
    path.write_bytes(rawzip(raws))
    reported = found(book(path))

    assert len(reported) == MOST
    # 300 checksums, 300 names, 300 pages that are none, 300 entries that do not belong there
    assert (reported[-1].code, reported[-1].message) == (
        MORE,
        f"There are more findings ({1_200 - MOST + 1} more).",
    )
    assert {one.severity for one in reported[:-1]} == {Severity.ERROR}


@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=80), st.integers(0, 5))
def test_no_finding_is_lost_without_a_word(all_codes: list[str], counted: int) -> None:
    kept = findings([Fault(code) for code in all_codes], {"archive.crc": counted}, ())
    told = [int(re.findall(r"\d+", one.message)[0]) for one in kept[-1:] if "more)" in one.message]

    assert len(kept) <= MOST
    assert len(kept) - len(told) + sum(told) == len(all_codes) + counted


TAG = {"tag": " Needs Attention "}


def test_a_bad_book_gets_the_tag_and_keeps_its_others(bad: Path) -> None:
    item = book(bad, fields={**FIELDS, "tags": ["horror"]})

    assert changes(item, **TAG) == [
        Change(
            ChangeKind.FIELDS,
            "book",
            "B1",
            before={"tags": ["horror"]},
            after={"tags": ["horror", "needs attention"]},
        )
    ]


def test_a_good_book_loses_the_tag_and_keeps_its_others(good: Path) -> None:
    item = book(good, fields={**FIELDS, "tags": ["horror", "needs attention"]})

    assert [one.after for one in changes(item, **TAG)] == [{"tags": ["horror"]}]


@pytest.mark.parametrize("tags", [["needs attention"], ["horror", "needs attention"]])
def test_a_tag_that_is_right_stays_as_it_is(good: Path, bad: Path, tags: list[str]) -> None:
    assert changes(book(bad, fields={**FIELDS, "tags": tags}), **TAG) == []
    assert changes(book(good, fields={**FIELDS, "tags": ["horror"]}), **TAG) == []


def test_a_host_without_tags_gets_none(bad: Path) -> None:
    assert changes(book(bad, fields={"title": "x", "number": "1"}), **TAG) == []


def test_a_book_needs_attention_from_the_chosen_severity_on(tmp_path: Path) -> None:
    path = cbz(tmp_path / "a.cbr", pages())

    assert changes(book(path), **TAG) == []
    assert changes(book(path), **TAG, tag_severity="warning") != []
    assert changes(book(path), **TAG, tag_severity="warning", ignore=["archive.*"]) == []


def test_a_second_run_changes_no_tags(bad: Path, good: Path) -> None:
    for path in (bad, good):
        item = book(path, fields={**FIELDS, "tags": ["horror", "needs attention"]})
        host = KomgaLike(item)
        action = Audit(AuditParameters.model_validate(TAG))
        for _ in range(2):
            planned = action.plan(host.item("B1"), context(host, files=FolderFiles()))
            wanted = [one for one in planned if isinstance(one, Change)]
            apply(host, wanted)
        assert wanted == []


def test_a_bad_book_goes_into_the_read_list(bad: Path, good: Path) -> None:
    member: Fields = {"member": "B1", "sort": "", "ordered": False}

    assert changes(book(bad), read_list="Needs attention") == [
        Change(ChangeKind.LIST, "read-list", "Needs attention", after=member)
    ]
    assert changes(book(good), read_list="Needs attention") == []


@pytest.mark.parametrize(
    ("parameters", "needs"),
    [
        ({}, set()),
        (TAG, {"write-book"}),
        ({"read_list": "x"}, {"read-lists"}),
        ({**TAG, "read_list": "x"}, {"write-book", "read-lists"}),
    ],
)
def test_it_needs_what_its_parameters_ask_for(
    parameters: Mapping[str, object], needs: set[str]
) -> None:
    assert Audit(AuditParameters.model_validate(parameters)).needs == needs
    assert Audit.needs == frozenset()


def test_every_code_that_is_spoken_of_has_its_kind() -> None:
    texts = [path.read_text() for path in (SOURCES / "archives").glob("*.py")]
    texts.append((SOURCES / "actions" / "audit.py").read_text())
    code = re.compile(r'"((?:archive|page|comicinfo|host|metadata)\.[a-z-]+)"')
    spoken = set(code.findall("\n".join(texts)))
    built = {"archive.empty", "archive.blank"}  # of the names of formats

    assert (spoken - {"comicinfo.xml"}) | built | {MORE} == set(KINDS)


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_speaks_in_sentences(code: str) -> None:
    kind = KINDS[code]

    assert re.fullmatch(r"[a-z]+\.[a-z-]+", code)
    assert kind.message[0].isupper() and not kind.message.endswith(".")
    assert kind.remedy[0].isupper() and kind.remedy.endswith(".")

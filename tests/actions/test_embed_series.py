"""A series' new name goes into all its files, or into none of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from shelfhook.actions.embed import Embed, EmbedParameters
from shelfhook.archives.comicinfo import merge
from shelfhook.hosts.komga.normal import normal
from shelfhook.model import Change, ChangeKind, Fields, Finding, Item, Severity, Value
from shelfhook.ports import Judge, Planned, Sibling, Verdict
from tests.actions.hosts import ShelfHost
from tests.support.books import cbz, pages
from tests.support.contexts import FolderFiles, context

OLD, NEW = "Iron Harbour", "Iron Harbor"
BOOK: Fields = {"title": "Low Water", "number": "1"}


class KomgaLike(ShelfHost):
    """Stores values as Komga does; and counts how often the series is asked for."""

    kind = "komga"
    capabilities = frozenset[str]()

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        return normal(entity, field, value)


class Shelf:
    """Four books of one series, whose files all have its old name. Satisfies `ports.Together`."""

    def __init__(self, folder: Path) -> None:
        self.books = [self._book(folder, number) for number in range(1, 5)]
        self.series = Item("S1", NEW, fields={"title": NEW}, entity="series")
        self.left_out: dict[str, str] = {}
        self.judged: dict[Hashable, Verdict] = {}
        for number in range(1, 5):
            self.say(number, Series=OLD)

    def _book(self, folder: Path, number: int) -> Item:
        name = f"Iron Harbor {number:03}.cbz"
        return Item(f"B{number}", name, series="S1", path=str(folder / name), fields=BOOK)

    def path(self, number: int) -> Path:
        return Path(self.books[number - 1].path)

    def say(self, number: int, **told: str) -> None:
        """Give a book a file whose ComicInfo.xml tells this."""
        info = {"ComicInfo.xml": merge(None, told)} if told else {}
        cbz(self.path(number), {**pages(1), **info})

    def __call__(self, item: Item, about: Hashable, judge: Judge) -> Verdict:
        if about not in self.judged:
            self.judged[about] = judge(
                [Sibling(book, self.left_out.get(book.id, "")) for book in self.books]
            )
        return self.judged[about]

    def planned(self, **parameters: object) -> dict[str, Sequence[Planned]]:
        """The plans of all books that can be planned, as one job makes them."""
        given = {"rename_series": True, **parameters}
        action = Embed(EmbedParameters.model_validate(given))
        host = KomgaLike(*self.books, self.series)
        asked = replace(context(host, files=FolderFiles()), together=self)
        self.judged.clear()
        found = {}
        for book in self.books:
            if book.id not in self.left_out and book.id not in self.broken:
                found[book.id] = action.plan(book, asked)
        return found

    broken: frozenset[str] = frozenset()


def named(plans: Mapping[str, Sequence[Planned]]) -> dict[str, str]:
    """The name that each book's file would get, by id."""
    return {
        book: str(change.after["comicinfo"]["Series"])  # type: ignore[index, call-overload] # as embed plans it
        for book, plan in plans.items()
        for change in plan
        if isinstance(change, Change)
        and change.kind is ChangeKind.FILE
        and "Series" in change.after["comicinfo"]  # type: ignore[operator] # likewise
    }


def findings(plans: Mapping[str, Sequence[Planned]]) -> list[tuple[str, Finding]]:
    return [(book, one) for book, plan in plans.items() for one in plan if isinstance(one, Finding)]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_all_books_get_the_name_and_are_marked_as_one(shelf: Shelf) -> None:
    plans = shelf.planned()
    assert named(plans) == dict.fromkeys(("B1", "B2", "B3", "B4"), NEW)
    assert findings(plans) == []
    changes = [one for plan in plans.values() for one in plan if isinstance(one, Change)]
    assert {change.after["whole"] for change in changes} == {"S1"}


def test_the_series_is_judged_once_for_all_its_books(shelf: Shelf) -> None:
    asked: list[int] = []

    def together(item: Item, about: Hashable, judge: Judge) -> Verdict:
        asked.append(hash(about))
        return shelf(item, about, judge)

    action = Embed(EmbedParameters(rename_series=True))
    host = KomgaLike(*shelf.books, shelf.series)
    for book in shelf.books:
        action.plan(book, replace(context(host, files=FolderFiles()), together=together))
    assert len(asked) == 4 and len(set(asked)) == 1, "the same question of the same action"


def truncated(shelf: Shelf) -> None:
    shelf.path(3).write_bytes(shelf.path(3).read_bytes()[:-30])


def wrong_local_header(shelf: Shelf) -> None:
    """Its directory and its ComicInfo.xml are fine; its page does not lie where it should."""
    content = bytearray(shelf.path(3).read_bytes())
    at = content.index(b"001.jpg")
    content[at : at + 7] = b"009.jpg"
    shelf.path(3).write_bytes(bytes(content))


def twice(shelf: Shelf) -> None:
    info = {"ComicInfo.xml": merge(None, {"Series": OLD}), "comicinfo.XML": b"<ComicInfo/>"}
    cbz(shelf.path(3), {**pages(1), **info})


def linked(shelf: Shelf) -> None:
    shelf.path(3).rename(shelf.path(3).with_name("elsewhere"))
    shelf.path(3).symlink_to("elsewhere")


def with_a_volume(shelf: Shelf) -> None:
    shelf.series = replace(shelf.series, fields={"title": f"{NEW} (2014)"})
    shelf.say(3, Series=OLD, Volume="2014")


HINDRANCES: list[tuple[Callable[[Shelf], object], str, bool]] = [
    (lambda shelf: shelf.path(3).unlink(), "there is no file", True),
    (lambda shelf: shelf.path(3).write_bytes(b"Rar!\x1a\x07\x00"), "it is a RAR archive", True),
    (lambda shelf: shelf.path(3).write_bytes(b""), "it is empty", True),
    (truncated, "no directory at its end", True),
    (wrong_local_header, "has another name in its own header", False),
    (twice, "it holds ComicInfo.xml 2 times", True),
    (lambda shelf: cbz(shelf.path(3), {"ComicInfo.xml": b"<Comic"}), "not well-formed", True),
    (linked, "it is a symbolic link", False),
    (lambda shelf: shelf.left_out.update(B3="it is set aside"), "it is set aside", False),
    (with_a_volume, "do not all have one Volume", False),
]


@pytest.mark.parametrize(("hinder", "told", "unplanned"), HINDRANCES)
def test_one_book_that_cannot_get_the_name_keeps_it_from_all(
    shelf: Shelf, hinder: Callable[[Shelf], object], told: str, unplanned: bool
) -> None:
    hinder(shelf)
    shelf.broken = frozenset({"B3"} if unplanned else ())

    plans = shelf.planned()

    assert named(plans) == {}
    ((book, finding),) = findings(plans)
    assert (book, finding.code, finding.severity) == ("B1", "embed.series-split", Severity.WARNING)
    assert "Iron Harbor 003.cbz" in finding.message and told in finding.message
    assert "over the whole series" in finding.remedy


@pytest.mark.parametrize(("hinder", "told", "unplanned"), HINDRANCES)
def test_the_other_fields_are_written_all_the_same(
    shelf: Shelf, hinder: Callable[[Shelf], object], told: str, unplanned: bool
) -> None:
    hinder(shelf)
    shelf.broken = frozenset({"B3"} if unplanned else ())

    for plan in (plan for book, plan in shelf.planned().items() if book != "B3"):
        (change,) = (one for one in plan if isinstance(one, Change))
        assert change.after["comicinfo"] == {"Title": "Low Water", "Number": "1"}
        assert "whole" not in change.after


def test_a_folder_that_nothing_can_be_written_into_keeps_the_name_from_all(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shelf.path(1).parent
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder)  # root may write anywhere
    plans = shelf.planned()
    assert named(plans) == {}
    assert f"nothing can be written into the folder {folder}" in findings(plans)[0][1].message


def has_it_already(shelf: Shelf) -> None:
    shelf.say(3, Series=NEW)
    shelf.left_out["B3"] = "it has not changed"


@pytest.mark.parametrize(
    ("prepare", "get_it"),
    [
        (has_it_already, {"B1", "B2", "B4"}),
        (lambda shelf: shelf.say(3), {"B1", "B2", "B3", "B4"}),
        (lambda shelf: shelf.say(3, Title="only"), {"B1", "B2", "B3", "B4"}),
        (lambda shelf: shelf.say(3, Series=f" {NEW}\n"), {"B1", "B2", "B4"}),
    ],
)
def test_a_book_that_has_the_name_or_none_is_in_nobodys_way(
    shelf: Shelf, prepare: Callable[[Shelf], object], get_it: set[str]
) -> None:
    prepare(shelf)
    plans = shelf.planned()
    assert named(plans) == dict.fromkeys(sorted(get_it), NEW)
    assert findings(plans) == []


def test_where_no_file_has_another_name_a_broken_book_is_in_nobodys_way(shelf: Shelf) -> None:
    for number in (1, 2):
        shelf.say(number)
    shelf.say(4, Series=NEW)
    shelf.path(3).unlink()
    shelf.broken = frozenset({"B3"})

    plans = shelf.planned()

    assert named(plans) == {"B1": NEW, "B2": NEW}
    assert findings(plans) == []


def test_a_file_without_a_name_does_not_get_one_that_the_others_cannot_get(shelf: Shelf) -> None:
    shelf.say(1)
    shelf.path(3).unlink()
    shelf.broken = frozenset({"B3"})
    assert named(shelf.planned()) == {}


def test_a_name_that_nobody_may_change_is_asked_of_nobody(shelf: Shelf) -> None:
    plans = shelf.planned(rename_series=False)
    assert shelf.judged == {}
    assert [finding.code for _, finding in findings(plans)] == ["embed.series-differs"] * 4
    shelf.planned(elements=["Title"])
    assert shelf.judged == {}


def test_a_name_that_was_changed_again_meanwhile_waits_for_the_next_run(shelf: Shelf) -> None:
    """All files get what the first ones got."""
    action = Embed(EmbedParameters(rename_series=True))
    asked = replace(
        context(KomgaLike(*shelf.books, shelf.series), files=FolderFiles()), together=shelf
    )
    first = action.plan(shelf.books[0], asked)
    later = replace(shelf.series, fields={"title": "Third"})
    host = KomgaLike(*shelf.books, later)
    plans = {"B1": first, "B2": action.plan(shelf.books[1], replace(asked, host=host))}
    assert named(plans) == {"B1": NEW, "B2": NEW}

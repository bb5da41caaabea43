"""`embed` with `also`: a MetronInfo.xml that says what the ComicInfo.xml beside it says."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shelfhook.actions import registry
from shelfhook.actions.embed import Embed, EmbedParameters
from shelfhook.archives import embedding, metroninfo
from shelfhook.archives.comicinfo import merge
from shelfhook.dispatch.needs import check_needs
from shelfhook.errors import Permanent
from shelfhook.model import Change, ChangeKind, Finding, Item
from shelfhook.ports import Planned
from tests.actions.hosts import ShelfHost
from tests.support.books import cbz, pages
from tests.support.comicbox import need_comicbox
from tests.support.contexts import FolderFiles, context

TOLD = {"Title": "Low Water", "Number": "1", "Series": "Iron Harbor"}
METRON = "MetronInfo.xml"


class Shelf:
    """One book whose file says what the host says, but for what a test changes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "Iron Harbor 001.cbz"
        book = {"title": "Low Water", "number": "1"}
        self.book = Item("B1", self.path.name, series="S1", path=str(self.path), fields=book)
        series = Item("S1", "Iron Harbor", fields={"title": "Iron Harbor"}, entity="series")
        self.asked = context(ShelfHost(self.book, series), files=FolderFiles())
        self.file(**TOLD)

    def file(self, *, metron: bytes | None = None, **told: str) -> None:
        info = {"ComicInfo.xml": merge(None, told)} if told else {}
        more = {METRON: metron} if metron is not None else {}
        cbz(self.path, {**pages(1), **info, **more})

    def plan(self, **parameters: object) -> Sequence[Planned]:
        given = {"also": ("metroninfo",), "analyze": False, **parameters}
        return Embed(EmbedParameters.model_validate(given)).plan(self.book, self.asked)

    def apply(self, **parameters: object) -> None:
        (change,) = (one for one in self.plan(**parameters) if isinstance(one, Change))
        target = self.path.with_name("new")
        Embed(EmbedParameters()).build(change, target, self.asked)
        target.replace(self.path)

    def read(self, name: str) -> bytes:
        with zipfile.ZipFile(self.path) as archive:
            assert archive.testzip() is None
            return archive.read(name)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    need_comicbox()
    return Shelf(tmp_path)


def test_it_is_written_beside_a_comicinfo_that_stays_as_it_is(shelf: Shelf) -> None:
    info = shelf.read("ComicInfo.xml")
    (change,) = shelf.plan()
    assert isinstance(change, Change)
    assert change.kind is ChangeKind.FILE
    assert change.before == {"path": str(shelf.path), "comicinfo": {}, "metroninfo": "none"}
    assert change.after == {
        "path": str(shelf.path),
        "comicinfo": {},
        "metroninfo": "made from ComicInfo.xml",
    }
    shelf.apply()
    assert shelf.read("ComicInfo.xml") == info
    assert ElementTree.fromstring(shelf.read(METRON)).findtext("Series/Name") == "Iron Harbor"
    assert shelf.plan() == []


def test_both_are_written_in_one_change(shelf: Shelf) -> None:
    shelf.file()
    shelf.apply()
    assert b"<Title>Low Water</Title>" in shelf.read("ComicInfo.xml")
    assert ElementTree.fromstring(shelf.read(METRON)).findtext("Stories/Story") == "Low Water"
    assert shelf.plan() == []


def test_it_follows_when_comicinfo_changes_whoever_changes_it(shelf: Shelf) -> None:
    shelf.apply()
    metron = shelf.read(METRON)
    shelf.file(metron=metron, **TOLD, Notes="by hand")
    (change,) = shelf.plan()
    assert isinstance(change, Change)
    assert change.before["metroninfo"] == "made from an older ComicInfo.xml"
    shelf.apply()
    assert ElementTree.fromstring(shelf.read(METRON)).findtext("Notes") == "by hand"
    assert shelf.plan() == []


@pytest.mark.parametrize("edited", [False, True])
def test_one_that_somebody_else_has_made_or_edited_is_left_alone(
    shelf: Shelf, edited: bool
) -> None:
    foreign = b"<MetronInfo><Series><Name>Mine</Name></Series></MetronInfo>"
    if edited:
        shelf.apply()
        foreign = shelf.read(METRON).replace(b"Low Water", b"High Water")
    shelf.file(metron=foreign, **{**TOLD, "Title": "Old"})

    finding, change = shelf.plan()

    assert isinstance(finding, Finding)
    assert finding.code == "embed.metroninfo-foreign"
    assert isinstance(change, Change)
    assert "metroninfo" not in change.after
    shelf.apply()
    assert shelf.read(METRON) == foreign


def test_without_a_series_there_is_none(shelf: Shelf) -> None:
    shelf.file(Title="Old")
    (finding, _) = shelf.plan(elements=["Title"])
    assert isinstance(finding, Finding)
    assert finding.code == "embed.metroninfo-no-series"


def test_nobody_gets_one_who_has_not_asked(shelf: Shelf) -> None:
    shelf.apply()
    assert shelf.plan(also=()) == []


def test_without_comicbox_the_routine_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metroninfo, "MODULE", "no_such_module")
    with pytest.raises(Permanent, match=r"pip install 'shelfhook\[comicbox\]'"):
        check_needs([Embed(EmbedParameters(also=("metroninfo",)))], ShelfHost(), FolderFiles())
    check_needs([Embed(EmbedParameters())], ShelfHost(), FolderFiles())


def test_another_format_is_refused() -> None:
    actions, _ = registry.discover()
    assert registry.check(actions, "embed", {"also": ["comet"]}) == [
        "also.0: input should be 'metroninfo'"
    ]


def test_whether_it_has_to_be_written_is_known_without_comicbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metroninfo, "MODULE", "no_such_module")
    path = cbz(tmp_path / "a.cbz", {**pages(1), "ComicInfo.xml": merge(None, TOLD)})
    assert embedding.metron_state(path, {}) is metroninfo.State.MISSING

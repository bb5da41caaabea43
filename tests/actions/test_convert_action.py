"""`convert` plans a CBZ file for every other archive, and warns where that costs too much."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError

from shelfhook.actions.convert import Convert, ConvertParameters
from shelfhook.errors import Gone, Permanent
from shelfhook.model import Change, ChangeKind, Converter, Finding, Item, Severity
from shelfhook.ports import Planned
from tests.actions.hosts import ShelfHost
from tests.archives.test_readers import tar
from tests.support.books import pages, picture
from tests.support.contexts import FolderFiles, context


class Komga(ShelfHost):
    """A host whose own converter keeps the ids of its books."""

    kind = "komga"
    capabilities = ShelfHost.capabilities | {"convert"}
    own: Converter | None = Converter(on=False, switch="turn it on")

    def __init__(self, *items: Item) -> None:
        super().__init__(*items)
        self.asked: list[str] = []

    def converter(self, item: Item, form: str) -> Converter | None:
        self.asked.append(form)
        return self.own


class Switched(Komga):
    """The same, and it is switched on."""

    own = Converter(on=True, switch="turn it on")


class Unable(Komga):
    """The same for a file that it cannot convert."""

    own = None


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("1.jpg", picture())
    return made.getvalue()


RAR = b"Rar!\x1a\x07\x01\x00"
SEVEN = b"7z\xbc\xaf\x27\x1c"


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A program that unpacks RAR is there; nothing here runs it."""
    folder = tmp_path_factory.mktemp("tools")
    (folder / "unar").write_text("#!/bin/sh\nexit 1\n")
    (folder / "unar").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def book(folder: Path, name: str, content: bytes) -> Item:
    path = folder / name
    path.write_bytes(content)
    return Item("B1", name, path=str(path))


def plan(item: Item, host: ShelfHost | None = None, **parameters: object) -> list[Planned]:
    action = Convert(ConvertParameters.model_validate(parameters))
    return list(action.plan(item, context(host or ShelfHost(item), files=FolderFiles())))


@pytest.mark.parametrize(
    ("name", "content", "new", "kind"),
    [
        ("Book 1.cbr", RAR, "Book 1.cbz", "rar"),
        ("Book 1.5.CBR", RAR, "Book 1.5.cbz", "rar"),
        ("Book.rar", RAR, "Book.cbz", "rar"),
        ("Book.zip", RAR, "Book.cbz", "rar"),
        ("Book.cb7", SEVEN, "Book.cbz", "7z"),
        ("Book.cbr", SEVEN, "Book.cbz", "7z"),
        ("Book.cbt", tar({"1.jpg": b"one"}), "Book.cbz", "tar"),
        ("Book.cbr", zipped(), "Book.cbz", "zip"),
        ("Book.cb7", zipped(), "Book.cbz", "zip"),
    ],
)
def test_an_archive_that_is_no_cbz_becomes_one_beside_it(
    tmp_path: Path, name: str, content: bytes, new: str, kind: str
) -> None:
    item = book(tmp_path, name, content)

    assert plan(item) == [
        Change(
            ChangeKind.FILE,
            "book",
            "B1",
            before={"path": str(tmp_path / name), "format": kind},
            after={"path": str(tmp_path / new), "format": "zip"},
        )
    ]


@pytest.mark.parametrize("name", ["Book.cbz", "Book.CBZ"])
@pytest.mark.parametrize("host", [ShelfHost, Komga])
def test_a_rar_file_named_cbz_is_replaced_in_its_place_on_every_host(
    tmp_path: Path, name: str, host: type[ShelfHost]
) -> None:
    item = book(tmp_path, name, RAR)

    change, command = plan(item, host(item))

    assert isinstance(change, Change)
    assert change.after["path"] == change.before["path"] == str(tmp_path / name)
    assert command == Change(ChangeKind.COMMAND, "book", "B1", command="analyze")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Book.cbz", zipped()),
        ("Book.zip", zipped()),
        ("Book.epub", zipped()),
        ("Book.pdf", b"%PDF-1.7"),
        ("Book", RAR),
        ("Book.cbr", b""),
        ("Book.cbr", b"no archive"),
        ("Book.cbz", b"%PDF-1.7"),
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, name: str, content: bytes) -> None:
    assert plan(book(tmp_path, name, content), webp_quality=80) == []


@pytest.mark.parametrize("content", [RAR, zipped()])
def test_on_komga_a_new_path_is_only_a_finding(tmp_path: Path, content: bytes) -> None:
    item = book(tmp_path, "Book.cbr", content)
    host = Komga(item)

    (finding,) = plan(item, host)

    assert host.asked == ["rar" if content is RAR else "zip"]

    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("convert.server-side", Severity.WARNING)
    assert "reading progress" in finding.message
    assert finding.remedy == "turn it on; or set new_id_ok if the loss does not matter"


def test_what_the_host_cannot_convert_itself_is_a_finding_that_says_so(tmp_path: Path) -> None:
    item = book(tmp_path, "Book.cb7", SEVEN)

    (finding,) = plan(item, Unable(item))

    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("convert.server-side", Severity.WARNING)
    assert "the server cannot convert it itself" in finding.message
    assert finding.remedy == "set new_id_ok if the loss does not matter"


@pytest.mark.parametrize("new_id_ok", [False, True])
def test_what_the_host_will_convert_is_left_to_it(tmp_path: Path, new_id_ok: bool) -> None:
    item = book(tmp_path, "Book.cbr", RAR)

    (finding,) = plan(item, Switched(item), new_id_ok=new_id_ok)

    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("convert.by-server", Severity.INFO)
    assert "keeps its id" in finding.message


class KeepsFormats(ShelfHost):
    """A host that keeps a list of each book's files, as Calibre does."""

    capabilities = ShelfHost.capabilities | {"formats"}


def test_a_file_that_its_host_would_miss_is_not_renamed(tmp_path: Path) -> None:
    item = book(tmp_path, "Book.cbr", RAR)

    (finding,) = plan(item, KeepsFormats(item), new_id_ok=True)

    assert isinstance(finding, Finding)
    assert finding.code == "convert.kept-by-server"
    named = book(tmp_path, "Named.cbz", SEVEN)
    change, *_ = plan(named, KeepsFormats(named))
    assert isinstance(change, Change), "one that keeps its name is"


@pytest.mark.parametrize("host", [Komga, Unable])
def test_on_komga_a_new_path_is_planned_on_request_with_a_warning(
    tmp_path: Path, host: type[Komga]
) -> None:
    item = book(tmp_path, "Book.cbr", RAR)

    change, finding = plan(item, host(item), new_id_ok=True)

    assert isinstance(change, Change)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("convert.new-id", Severity.WARNING)
    assert "reading progress" in finding.message


def test_a_host_is_not_asked_about_a_file_that_keeps_its_path(tmp_path: Path) -> None:
    item = book(tmp_path, "Book.cbz", RAR)
    host = Switched(item)

    assert plan(item, host)
    assert host.asked == []


def test_what_lies_at_the_new_path_already_is_not_overwritten(tmp_path: Path) -> None:
    item = book(tmp_path, "Book.cbr", RAR)
    (tmp_path / "Book.cbz").symlink_to(tmp_path / "nowhere")

    with pytest.raises(Permanent, match=r"Book\.cbr cannot be converted: Book\.cbz lies beside it"):
        plan(item)


def test_without_a_tool_the_plan_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Permanent, match="apt install unar"):
        plan(book(tmp_path, "Book.cbr", RAR))
    assert plan(book(tmp_path, "Book.cbt", tar({"1.jpg": b"one"})))


def test_a_vanished_file_is_gone(tmp_path: Path) -> None:
    item = book(tmp_path, "Book.cbr", RAR)
    (tmp_path / "Book.cbr").unlink()

    with pytest.raises(Gone):
        plan(item)


@pytest.mark.parametrize("quality", [None, 70])
def test_a_build_makes_what_was_shown_and_a_second_run_finds_nothing(
    tmp_path: Path, quality: int | None
) -> None:
    content = tar(pages(3, ".png"))
    item = book(tmp_path, "Book.cbt", content)
    (change,) = plan(item, webp_quality=quality)
    assert isinstance(change, Change)
    assert change.after.get("webp_quality") == quality
    target = tmp_path / "temporary"

    # The action that builds may know nothing but the change.
    Convert(ConvertParameters()).build(change, target, context(ShelfHost(item)))

    assert (tmp_path / "Book.cbt").read_bytes() == content
    with zipfile.ZipFile(target) as archive:
        made = {name: archive.read(name) for name in archive.namelist()}
    if quality is None:
        assert made == pages(3, ".png")
    else:
        assert list(made) == ["001.webp", "002.webp", "003.webp"]
    assert plan(book(tmp_path, "Book.cbz", target.read_bytes()), webp_quality=quality) == []


@pytest.mark.parametrize("quality", [0, 101, "high"])
def test_a_quality_that_webp_does_not_have_is_refused(quality: object) -> None:
    with pytest.raises(ValidationError, match="webp_quality"):
        ConvertParameters.model_validate({"webp_quality": quality})

"""The files behind items: mapped, or downloaded and gone afterwards."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shelfhook.errors import Gone, Permanent, Transient
from shelfhook.files import RESERVE, HostFiles, PathMap, clear_scratch
from shelfhook.model import Item
from shelfhook.ports import Files
from tests.actions.hosts import ShelfHost
from tests.files.shelves import OLD, Free, place_book


class GivingHost(ShelfHost):
    """A host that gives files away. Satisfies `shelfhook.ports.Downloads`, too."""

    capabilities = frozenset({"download"})

    def __init__(self, give: Callable[[Path], object]) -> None:
        super().__init__()
        self._give = give
        self.asked: list[str] = []

    def download(self, item_id: str, target: Path) -> None:
        self.asked.append(item_id)
        self._give(target)


def write(target: Path) -> None:
    target.write_bytes(OLD)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place_book(tmp_path / "library" / "Saga 01.cbz")
    return tmp_path / "library"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "data" / "scratch"


def saga(path: str = "/books/Saga 01.cbz", name: str = "Saga 01.cbz", size: int = 9) -> Item:
    return Item(id="B1", name=name, path=path, size=size)


def test_a_mapped_file_is_read_where_it_lies(root: Path, scratch: Path) -> None:
    host = GivingHost(write)
    files: Files = HostFiles("shelf", PathMap({"/books": root}), host, scratch)

    assert files.mapped
    assert files.local(saga()) == root / "Saga 01.cbz"
    with files.reading(saga()) as path:
        assert path == root / "Saga 01.cbz"
    assert path.exists()
    assert host.asked == []
    assert not scratch.exists()


@pytest.mark.parametrize("pairs", [{}, {"/comics": Path("/x")}])
@pytest.mark.parametrize("path", ["/books/Saga 01.cbz", "Saga 01.cbz", ""])
def test_a_file_that_is_not_mapped_is_downloaded_and_gone_afterwards(
    scratch: Path, pairs: dict[str, Path], path: str
) -> None:
    host = GivingHost(write)
    files = HostFiles("shelf", PathMap(pairs), host, scratch)

    with files.reading(saga(path)) as found:
        assert found.parent == scratch
        assert found.suffix == ".cbz"
        assert found.read_bytes() == OLD

    assert host.asked == ["B1"]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("name", ["Saga", "Saga.", "Saga.c\0z", "Saga.c/z", "Saga.cbz and more"])
def test_a_name_without_a_plain_extension_gives_none(scratch: Path, name: str) -> None:
    files = HostFiles("shelf", PathMap({}), GivingHost(write), scratch)

    with files.reading(saga(name=name)) as found:
        assert found.suffix == ""
        assert found.parent == scratch


def test_two_downloads_of_one_item_do_not_meet(scratch: Path) -> None:
    files = HostFiles("shelf", PathMap({}), GivingHost(write), scratch)

    with files.reading(saga()) as first, files.reading(saga()) as second:
        assert first != second


def test_a_download_goes_also_when_its_reader_fails(scratch: Path) -> None:
    files = HostFiles("shelf", PathMap({}), GivingHost(write), scratch)

    with pytest.raises(ValueError, match="bad"), files.reading(saga()):
        raise ValueError("bad")

    assert list(scratch.iterdir()) == []


def fails_with(error: Exception) -> Callable[[Path], None]:
    def give(target: Path) -> None:
        target.write_bytes(b"half")
        raise error

    return give


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (Gone("no such book"), Gone, "no such book"),
        (Transient("busy"), Transient, "busy"),
        (OSError(errno.ENOSPC, "no space"), Permanent, "the disk is full"),
    ],
)
def test_a_download_that_fails_leaves_nothing(
    scratch: Path, error: Exception, kind: type[Exception], told: str
) -> None:
    files = HostFiles("shelf", PathMap({}), GivingHost(fails_with(error)), scratch)

    with pytest.raises(kind, match=told), files.reading(saga()):
        pass

    assert list(scratch.iterdir()) == []


def test_a_download_needs_room(scratch: Path) -> None:
    host = GivingHost(write)
    files = HostFiles("shelf", PathMap({}), host, scratch, usage=Free(RESERVE + 8))

    with pytest.raises(Permanent, match=r"not enough room in .*scratch"), files.reading(saga()):
        pass

    assert host.asked == []
    with files.reading(saga(size=8)):
        pass


def test_a_host_that_gives_no_files_away_needs_a_mapping(scratch: Path) -> None:
    files = HostFiles("shelf", PathMap({}), ShelfHost(), scratch)

    assert not files.mapped
    with pytest.raises(Permanent, match=r"add one to \[hosts.shelf.paths\]"), files.reading(saga()):
        pass
    with pytest.raises(Permanent, match="no folder of this machine is mapped"):
        files.local(saga())


def test_a_mapped_file_that_is_gone_is_not_downloaded(root: Path, scratch: Path) -> None:
    host = GivingHost(write)
    files = HostFiles("shelf", PathMap({"/books": root}), host, scratch)

    with pytest.raises(Gone), files.reading(saga("/books/Saga 02.cbz")):
        pass
    assert host.asked == []


def test_what_a_crash_left_of_downloads_can_be_cleared(scratch: Path) -> None:
    assert clear_scratch(scratch) == 0
    files = HostFiles("shelf", PathMap({}), GivingHost(write), scratch)
    with files.reading(saga()) as found:
        other = scratch / "other.cbz"
        os.link(found, other)
        (scratch / "shelfhook-link").symlink_to(other)
        assert clear_scratch(scratch) == 1
    assert sorted(path.name for path in scratch.iterdir()) == ["other.cbz", "shelfhook-link"]

"""Names of temporary files: fitting, found again, and never a book's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.errors import ShelfhookError
from shelfhook.files import leftovers, remove_leftovers, remove_second_names
from shelfhook.files.names import LONGEST, fitting, temp_beside

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0") | st.just("\udcff"), min_size=1
).filter(lambda name: len(os.fsencode(name)) <= LONGEST and name not in (".", ".."))


@given(name=NAMES | NAMES.map(lambda name: (name * 255)[:80]), key=st.text(max_size=9))
def test_a_temp_file_has_a_name_that_fits_and_is_the_same_again(name: str, key: str) -> None:
    target = Path("/books") / name
    temp = temp_beside(target, key)

    assert temp == temp_beside(target, key)
    assert temp.parent == target.parent
    assert len(os.fsencode(temp.name)) <= LONGEST
    assert temp.name.startswith(".")
    assert temp.suffix == ".shelfhook-new"
    assert temp != temp_beside(target, key + "2")


@given(name=NAMES, more=st.integers(0, 100))
def test_a_name_is_cut_between_characters_and_keeps_its_extension(name: str, more: int) -> None:
    cut = fitting(name, more)

    encoded = os.fsencode(cut)
    assert len(encoded) <= LONGEST - more
    if len(os.fsencode(name)) <= LONGEST - more:
        assert cut == name
    if "\udcff" not in name:
        encoded.decode()


def test_long_names_of_one_beginning_get_different_temp_files() -> None:
    first, second = (Path("/books") / ("x" * 240 + end + ".cbz") for end in ("1", "2"))

    assert temp_beside(first, "key") != temp_beside(second, "key")


def test_leftovers_are_ours_alone_and_only_of_this_folder(tmp_path: Path) -> None:
    ours = temp_beside(tmp_path / "Saga 01.cbz", "key")
    ours.touch()
    (tmp_path / "below").mkdir()
    others = [
        tmp_path / "Saga 01.cbz",
        tmp_path / ".Saga 01.cbz",
        tmp_path / "Saga.12345678.shelfhook-new",
        tmp_path / ".Saga.shelfhook-new",
        tmp_path / ".Saga.1234567g.shelfhook-new",
        tmp_path / "below" / ".Saga.12345678.shelfhook-new",
    ]
    for path in others:
        path.touch()
    link = tmp_path / ".link.12345678.shelfhook-new"
    link.symlink_to(others[0])

    assert leftovers(tmp_path) == [ours]
    assert remove_leftovers(tmp_path) == [ours]
    assert remove_leftovers(tmp_path) == []
    assert all(path.exists() for path in [*others, link])


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ShelfhookError, match="looking for leftovers in"):
        leftovers(tmp_path / "nowhere")


def test_the_second_names_of_a_file_go_and_those_of_others_stay(tmp_path: Path) -> None:
    book, other = tmp_path / "a.cbz", tmp_path / "b.cbz"
    for path in (book, other):
        path.touch()
    ours, theirs, half = (temp_beside(path, "key") for path in (book, other, tmp_path / "c.cbz"))
    os.link(book, ours)
    os.link(other, theirs)
    half.touch()

    assert remove_second_names(book) == [ours]
    assert remove_second_names(tmp_path / "nothing.cbz") == []
    assert leftovers(tmp_path) == sorted([theirs, half])
    assert book.exists()

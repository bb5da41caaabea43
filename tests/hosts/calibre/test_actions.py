"""Which of the shipped actions work on Calibre, and what they do there."""

from __future__ import annotations

import pytest

from shelfhook.actions.normalize import Normalize, NormalizeParameters
from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.actions.tags import Tags
from shelfhook.hosts.calibre import CalibreHost
from shelfhook.model import Change, Value
from shelfhook.ports import Action
from tests.support.calibre import PATIENT, Calibre
from tests.support.contexts import context

pytestmark = PATIENT


def run(action: Action, host: CalibreHost, book: str) -> dict[str, Value]:
    """Plan and write, and see that a second run finds nothing to do."""
    made: dict[str, Value] = {}
    for change in action.plan(host.item(book), context(host)):
        assert isinstance(change, Change)
        host.write(change.entity, change.entity_id, change.after)
        made |= change.after
    assert list(action.plan(host.item(book), context(host))) == []
    return made


def test_tags_are_edited(calibre: Calibre, host: CalibreHost) -> None:
    calibre.set_fields("Comics", 9, {"tags": ["sci-fi", "Scan, raw"], "publisher": "Image"})
    edit = {"rename": {"Sci-Fi": "science fiction"}, "remove": ["scan*"], "add": ["seen"]}
    action = Tags(TagsParameters.model_validate({**edit, "where": {"publisher": "im*"}}))
    assert run(action, host, "Comics/9") == {"tags": ["science fiction", "seen"]}


def test_normalize_gives_a_comic_that_nobody_has_catalogued_its_title(
    calibre: Calibre, host: CalibreHost
) -> None:
    assert host.item("Comics/10").name == "Saga 010.cbz"
    assert run(Normalize(NormalizeParameters()), host, "Comics/10") == {"title": "Saga #10"}


@pytest.mark.parametrize("title", ["The 39 Steps", "2001", "Foo", "Foo, Vol. One"])
def test_normalize_leaves_a_title_in_which_no_number_can_be_trusted(
    calibre: Calibre, host: CalibreHost, title: str
) -> None:
    calibre.set_fields("Comics", 12, {"title": title, "authors": ["Unknown"]})
    assert run(Normalize(NormalizeParameters()), host, "Comics/12") == {}


@pytest.mark.parametrize("title", ["Saga 010", "The 39 Steps", "2001"])
def test_normalize_leaves_the_title_of_a_book_whose_author_is_known(
    calibre: Calibre, host: CalibreHost, title: str
) -> None:
    calibre.set_fields("Comics", 11, {"title": title, "authors": ["Somebody"]})
    assert run(Normalize(NormalizeParameters()), host, "Comics/11") == {}

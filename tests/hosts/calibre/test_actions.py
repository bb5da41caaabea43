"""Which of the shipped actions work on Calibre, and what they do there."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfhook.actions.embed import Embed, EmbedParameters
from shelfhook.actions.normalize import Normalize, NormalizeParameters
from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.actions.tags import Tags
from shelfhook.hosts.calibre import CalibreHost
from shelfhook.model import Change, Value
from shelfhook.ports import Action
from tests.support.calibre import PATIENT, Calibre
from tests.support.contexts import FolderFiles, context

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


def test_tags_know_the_language_by_its_usual_tag(calibre: Calibre, host: CalibreHost) -> None:
    calibre.set_fields("Comics", 14, {"languages": ["eng", "jpn"]})
    action = Tags(TagsParameters.model_validate({"add": ["manga"], "where": {"language": "ja"}}))
    assert run(action, host, "Comics/14") == {"tags": ["manga"]}


def test_normalize_gives_a_comic_that_nobody_has_catalogued_its_title_and_its_series(
    calibre: Calibre, host: CalibreHost
) -> None:
    assert host.item("Comics/10").name == "Saga 010.cbz"
    expected = {"title": "Saga #10", "series": "Saga", "series_index": 10.0}
    assert run(Normalize(NormalizeParameters()), host, "Comics/10") == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (
            "Saga 012.5 (2013)",
            {
                "title": "Saga #12.5",
                "series": "Saga",
                "series_index": 12.5,
                "pubdate": "2013-01-01T00:00:00+00:00",
            },
        ),
        # its new title alone would tell of another series
        ("Saga #7 - Part 013", {"title": "Part 013", "series": "Saga", "series_index": 7.0}),
        ("001 - Pilot", {}),
    ],
)
def test_normalize_fills_what_the_name_of_the_file_says(
    calibre: Calibre, host: CalibreHost, title: str, expected: dict[str, Value]
) -> None:
    empty = {"series": "", "pubdate": None, "authors": ["Unknown"]}
    calibre.set_fields("Comics", 13, {**empty, "title": title})
    assert run(Normalize(NormalizeParameters(date_from_year=True)), host, "Comics/13") == expected


def test_normalize_leaves_a_book_that_is_in_a_series(calibre: Calibre, host: CalibreHost) -> None:
    filed = {"title": "Saga 015", "series": "Other", "series_index": 3.0, "authors": ["Unknown"]}
    calibre.set_fields("Comics", 15, filed)
    assert run(Normalize(NormalizeParameters()), host, "Comics/15") == {}


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


def test_embed_writes_what_calibre_says_of_a_book_and_its_series(
    calibre: Calibre, host: CalibreHost, tmp_path: Path
) -> None:
    said = {"title": "Six", "series": "Saga", "series_index": 16.0, "authors": ["A", "B"]}
    more = {"comments": "<p>A war.</p>", "languages": ["eng"], "pubdate": "2012-03-14T00:00:00Z"}
    calibre.set_fields("Comics", 16, {**said, **more, "publisher": "Image"})
    files, action = context(host, files=FolderFiles()), Embed(EmbedParameters())
    [change] = action.plan(host.item("Comics/16"), files)
    assert isinstance(change, Change)
    assert change.after["comicinfo"] == {
        "Title": "Six",
        "Series": "Saga",
        "Number": "16",
        "Summary": "A war.",
        "Year": "2012",
        "Month": "3",
        "Day": "14",
        "Writer": "A, B",
        "Publisher": "Image",
        "LanguageISO": "en",
    }
    made = tmp_path / "made.cbz"
    action.build(change, made, files)
    made.replace(Path(str(change.after["path"])))
    assert list(action.plan(host.item("Comics/16"), files)) == []

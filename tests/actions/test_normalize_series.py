"""What `normalize` does to series: titles on request, other notations of a language always."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shelfhook.actions.normalize import Normalize, NormalizeParameters
from shelfhook.model import Change, ChangeKind, Fields, Item, Value
from tests.actions.hosts import ShelfHost, apply
from tests.actions.tag_shelves import HOSTS
from tests.support.contexts import context

FOLDER = "The Saga v2 (2012) (Digital) (Zone-Empire)"


class BooksOnly(ShelfHost):
    capabilities = frozenset({"write-book"})


def shelf(folder: str = FOLDER, *, locks: tuple[str, ...] = (), **fields: Value) -> Item:
    """A series as Komga has it right after a scan, but for what is given."""
    invented: Fields = {
        "title": folder.strip(),
        "titleSort": folder.strip(),
        "language": "",
        "publisher": "",
    }
    return Item(
        id="S1",
        name=folder,
        entity="series",
        fields={**invented, **fields},
        locks=frozenset(locks),
    )


def after(series: Item, **parameters: object) -> Fields:
    action = Normalize(NormalizeParameters.model_validate(parameters))
    changes = action.plan_series(series, context(ShelfHost(series)))
    return changes[0].after if changes else {}


def test_an_untouched_series_stays_as_it_is_by_default() -> None:
    assert after(shelf()) == {}


@pytest.mark.parametrize(
    ("template", "title"),
    [
        ("{title}", "The Saga"),
        ("{title} ({year})", "The Saga (2012)"),
        ("{title} Vol. {volume} ({year})", "The Saga Vol. 2 (2012)"),
    ],
)
def test_a_title_that_is_the_folders_name_is_made_anew_and_sorting_keeps_up(
    template: str, title: str
) -> None:
    assert after(shelf(), series_title=template) == {"title": title, "titleSort": title}


def test_the_change_shows_what_was_before() -> None:
    series = shelf("Saga [c2c]")
    action = Normalize(NormalizeParameters(series_title="{title}"))

    assert action.plan_series(series, context(ShelfHost(series))) == [
        Change(
            ChangeKind.FIELDS,
            "series",
            "S1",
            before={"title": "Saga [c2c]", "titleSort": "Saga [c2c]"},
            after={"title": "Saga", "titleSort": "Saga"},
        )
    ]


def test_brackets_around_what_the_folder_does_not_say_are_left_out() -> None:
    assert after(shelf("Saga [c2c]"), series_title="{title} ({year})")["title"] == "Saga"


@pytest.mark.parametrize("title", ["", None])
def test_a_blank_title_is_filled(title: Value) -> None:
    assert after(shelf(title=title), series_title="{title}")["title"] == "The Saga"


@pytest.mark.parametrize(
    "series",
    [
        shelf(title="Mine", titleSort="Mine"),
        shelf(locks=("title",)),
        shelf("(2012)"),
        shelf("The Saga"),
    ],
)
def test_other_titles_stay(series: Item) -> None:
    assert after(series, series_title="{title}") == {}


def test_other_titles_go_on_request() -> None:
    series = shelf(title="Mine", titleSort="Yours")

    assert after(series, series_title="{title}", overwrite=["series.title"]) == {
        "title": "The Saga"
    }


@pytest.mark.parametrize(
    ("title", "language", "sort"),
    [
        ("The Walking Dead", "", "Walking Dead, The"),
        ("the Walking Dead", "en", "Walking Dead, the"),
        ("An Apple", "en-GB", "Apple, An"),
        ("An Apple", "english", "Apple, An"),
        ("Der Turm", "de", "Turm, Der"),
        ("L'Incal", "fr", "Incal, L'"),
        ("La Cage", "fre", "Cage, La"),
    ],
)
def test_a_leading_article_moves_behind(title: str, language: str, sort: str) -> None:
    series = shelf(title, language=language)
    english = ["The", "A", "An"]
    articles = {"default": english, "en": english, "de": ["Der"], "fr": ["L'", "La", "L"]}

    assert after(series, sort_title="move-article", articles=articles)["titleSort"] == sort


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("An der Grenze", "de"),
        ("A la carte", "fr"),
        ("The", ""),
        ("Theory", ""),
        ("A-Team", ""),
        ("Saga", ""),
        ("The Saga", "klingon"),
    ],
)
def test_what_is_no_article_of_the_language_stays(title: str, language: str) -> None:
    assert "titleSort" not in after(shelf(title, language=language), sort_title="move-article")


@pytest.mark.parametrize(
    ("template", "sort"),
    [("{rest}", "Saga"), ("{title} {year}", "The Saga 2012"), ("{rest} #{volume}", "Saga #2")],
)
def test_a_sorting_title_may_have_a_template(template: str, sort: str) -> None:
    series = shelf(title="The Saga", titleSort="The Saga")

    assert after(series, sort_title=template) == {"titleSort": sort}


@pytest.mark.parametrize("sort", ["Saga 1", "Walking Dead"])
def test_a_sorting_title_that_somebody_gave_stays_unless_it_may_go(sort: str) -> None:
    series = shelf("The Saga", titleSort=sort)

    assert after(series, sort_title="move-article") == {}
    assert after(series, sort_title="move-article", overwrite=["series.titleSort"]) == {
        "titleSort": "Saga, The"
    }


def test_a_server_that_leaves_out_accents_has_not_set_a_sorting_title() -> None:
    articles = {"default": ["L'"]}
    plain = shelf("Évangile", titleSort="Evangile")
    moved = shelf("L'Évangile", titleSort="L'Evangile")

    assert after(plain, sort_title="move-article", articles=articles) == {}
    assert after(moved, sort_title="move-article", articles=articles) == {
        "titleSort": "Évangile, L'"
    }


@pytest.mark.parametrize(
    ("template", "fault"),
    [("move_article", "neither 'move-article' nor a template"), ("{series}", "use only")],
)
def test_a_sorting_title_that_is_neither_word_nor_template_is_refused(
    template: str, fault: str
) -> None:
    with pytest.raises(ValidationError, match=fault):
        NormalizeParameters(sort_title=template)


@pytest.mark.parametrize(
    ("present", "expected"),
    [("english", "en"), ("ger", "de"), ("pt_br", "pt-BR"), ("Chinese (Traditional)", "zh-Hant")],
)
def test_another_notation_of_a_language_becomes_its_tag(present: str, expected: str) -> None:
    assert after(shelf(language=present)) == {"language": expected}
    assert after(shelf(language=present), language_tags=False) == {}


@pytest.mark.parametrize("present", ["en", "pt-BR", "klingon", "", None])
def test_a_language_that_is_a_tag_or_unknown_stays(present: Value) -> None:
    assert after(shelf(language=present)) == {}


@pytest.mark.parametrize("present", ["DC", "dc", " d.c. ", "DC COMICS"])
def test_a_publisher_gets_the_name_that_was_chosen(present: str) -> None:
    names = {"dc": "DC Comics", "D.C.": "DC"}

    assert after(shelf(publisher=present), publishers=names) == {"publisher": "DC Comics"}


@pytest.mark.parametrize("present", ["DC Comics", "Zone", "", None])
def test_another_publisher_stays(present: Value) -> None:
    assert after(shelf(publisher=present), publishers={"DC": "DC Comics"}) == {}


def test_publishers_that_are_renamed_in_a_circle_are_refused() -> None:
    with pytest.raises(ValidationError, match="a circle that never ends: a → b → a"):
        NormalizeParameters(publishers={"A": "B", "B": "A"})


def test_fields_that_the_host_does_not_have_are_left_out() -> None:
    series = Item(id="S1", name=FOLDER, entity="series", fields={"language": "english"})

    assert after(series, series_title="{title}", sort_title="{rest}") == {"language": "en"}


def test_nothing_is_planned_where_series_cannot_be_written() -> None:
    series = shelf(language="english")

    assert Normalize(NormalizeParameters()).plan_series(series, context(BooksOnly(series))) == []


@pytest.mark.parametrize(
    ("parameters", "needs"),
    [
        ({}, set()),
        ({"pad_number": 3}, set()),
        ({"sort_title": "{rest}"}, {"write-series"}),
        ({"series_title": "{title}"}, {"write-series"}),
        ({"publishers": {"DC": "DC Comics"}}, {"write-series"}),
    ],
)
def test_what_was_asked_of_series_needs_a_host_that_can_write_them(
    parameters: Mapping[str, object], needs: set[str]
) -> None:
    assert Normalize(NormalizeParameters.model_validate(parameters)).needs == needs
    assert Normalize.needs == frozenset()


FOLDERS = st.sampled_from(
    ["The Saga", FOLDER, "A_Saga_[c2c]", "(2012)", "Évangile (2012)", "An An", ""]
)
TITLES = st.sampled_from(["", None, "The Saga", "Saga", "An Évangile", "Evangile", "The  Saga"])
LANGUAGES = st.sampled_from(["", None, "english", "en", "de", "klingon"])
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "series_title": st.sampled_from(["", "{title}", "{title} ({year})", "The {title}"]),
        "sort_title": st.sampled_from(["", "move-article", "{rest}", "{title} ({volume})"]),
        "language_tags": st.booleans(),
        "articles": st.sampled_from([{}, {"en": ["The"]}, {"default": ["An"], "de": ["The"]}]),
        "publishers": st.sampled_from([{}, {"a": "B"}, {"a": "b", "b": "C"}]),
        "overwrite": st.sets(st.sampled_from(["series.title", "series.titleSort"])).map(tuple),
    },
)


@st.composite
def shelves(draw: st.DrawFn) -> Item:
    edits = {"title": TITLES, "titleSort": TITLES, "language": LANGUAGES}
    edits["publisher"] = st.sampled_from(["a", "B", "c"])
    chosen = draw(st.sets(st.sampled_from(sorted(edits))))
    locks = draw(st.sets(st.sampled_from(sorted(edits))))
    fields = {name: draw(edits[name]) for name in sorted(chosen)}
    return shelf(draw(FOLDERS), locks=tuple(locks), **fields)


@given(shelves(), PARAMETERS, st.sampled_from(HOSTS))
def test_a_second_run_over_a_series_finds_nothing_to_do(
    shelved: Item, parameters: Mapping[str, object], kind: type[ShelfHost]
) -> None:
    host = kind(shelved)
    host.write("series", "S1", shelved.fields)
    series = host.series("S1")
    action = Normalize(NormalizeParameters.model_validate(parameters))

    changes = action.plan_series(series, context(host))
    apply(host, changes)

    assert list(action.plan_series(host.series("S1"), context(host))) == []
    assert not any(change.after.keys() & series.locks for change in changes)
    assert all(value for change in changes for value in change.after.values())

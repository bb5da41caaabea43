"""Whatever the rules: a second run of `tags` changes nothing, and what no rule names stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shelfhook.actions.tag_parameters import TagsParameters
from shelfhook.actions.tags import Tags
from shelfhook.model import Change, Item
from tests.actions.hosts import ShelfHost, apply
from tests.actions.tag_shelves import HOSTS, book, planned, series
from tests.support.contexts import context

WORDS = st.sampled_from(["a", "A", "b", "B b", "c", "ß", "İ", "ŉx", "sci-fi", "d ", "Ǆ"])
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "tag": st.sampled_from(["a", "b*", "*"]),
        "genre": st.sampled_from(["c", "[ab]"]),
        "series": st.sampled_from(["saga", "other"]),
        "publisher": st.just("image"),
    },
)
EDITS = st.fixed_dictionaries(
    {},
    optional={
        "field": st.sampled_from(["tags", "genres"]),
        "on": st.sampled_from(["book", "series", "both"]),
        "where": CONDITIONS,
        "case": st.sampled_from(["keep", "lower", "title"]),
        "add": st.lists(WORDS, max_size=2),
        "remove": st.lists(st.sampled_from(["a", "b*", "?", "*"]), max_size=1),
        "rename": st.dictionaries(WORDS, WORDS, max_size=2),
    },
)
VALUES = st.fixed_dictionaries({"where": CONDITIONS, "overwrite": st.booleans()})
RATINGS = st.tuples(VALUES, st.sampled_from(["Teen", "X18+", "Unknown"]))
ITEMS = st.builds(
    lambda make, present, genres, age, locks: (
        make(*present, locks=sorted(locks))
        if make is book
        else make(*present, locks=sorted(locks), genres=genres, ageRating=age)
    ),
    st.sampled_from([book, series]),
    st.lists(WORDS, max_size=4, unique=True),
    st.lists(WORDS, max_size=2, unique=True),
    st.sampled_from([None, 0, 13]),
    st.sets(st.sampled_from(["tags", "genres", "ageRating"]), max_size=2),
)


@given(ITEMS, st.lists(EDITS, max_size=4), st.lists(RATINGS, max_size=3), st.sampled_from(HOSTS))
def test_a_second_run_finds_nothing_to_do(
    item: Item,
    edits: list[dict[str, object]],
    ratings: list[tuple[dict[str, object], str]],
    kind: type[ShelfHost],
) -> None:
    rules = [{**rule, "rating": rating} for rule, rating in ratings]
    try:
        action = Tags(TagsParameters.model_validate({"rules": edits, "age_rating": rules}))
    except ValidationError:
        return  # circles, mostly
    host = kind(item, *([series("c")] if item.entity == "book" else []))
    host.write(item.entity, item.id, item.fields)  # as the host has it

    def run() -> list[Change]:
        now = host.item("B1") if item.entity == "book" else host.series("S1")
        plan = action.plan if item.entity == "book" else action.plan_series
        return [one for one in plan(now, context(host)) if isinstance(one, Change)]

    first = run()
    apply(host, first)

    assert run() == []
    assert not any(change.after.keys() & item.locks for change in first)


@given(
    st.lists(WORDS, max_size=5, unique=True), st.lists(WORDS, max_size=2), st.sampled_from(HOSTS)
)
def test_what_no_rule_names_stays(
    present: list[str], wanted: list[str], kind: type[ShelfHost]
) -> None:
    item = book(*present)
    host = kind(item)
    host.write("book", "B1", item.fields)
    before = host.item("B1").fields["tags"]

    apply(
        host,
        [
            c
            for c in planned(host.item("B1"), host, {"add": wanted, "remove": ["x*"]})
            if isinstance(c, Change)
        ],
    )

    now = host.item("B1").fields["tags"]
    assert isinstance(before, list)
    assert isinstance(now, list)
    assert set(before) <= set(now)
    assert {word.strip().casefold() for word in wanted} <= {word.strip().casefold() for word in now}

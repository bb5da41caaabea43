"""Items are found by a part of their names, a bounded number of rows at a time."""

from __future__ import annotations

import pytest

from shelfhook.model import ItemRef, Job, JobState, Outcome
from shelfhook.store import Store, searching
from tests.support.stores import batch, job_in

NAMES = ["Low Water 1.cbz", "low tide.cbz", "100% Élan.cbz", "a_b.cbz", "Other.cbz"]
OUTCOMES = (Outcome.CHANGED, Outcome.FAILED, Outcome.UNCHANGED)


@pytest.fixture
def job(store: Store) -> Job:
    """Thirty items: the five names again and again, with one outcome after the other."""
    made = job_in(store, JobState.RUNNING)
    refs = [ItemRef(f"i{seq}", NAMES[seq % 5], f"Series {seq // 10}") for seq in range(30)]
    store.ledger.add(made.num, 0, refs)
    store.ledger.record(batch(made, *((seq, OUTCOMES[seq % 3]) for seq in range(28)))).wait()
    return made


def walked(store: Store, job: Job, **how: object) -> tuple[list[int], int]:
    """All that is found by going from page to page, and how many pages that took."""
    found: list[int] = []
    pages, place = 0, -1
    while True:
        page = store.ledger.page(job.num, after=place, **how)  # type: ignore[arg-type] # by name
        found += [one.seq for one in page.items]
        pages += 1
        if page.next is None:
            return found, pages
        assert page.next > place
        place = page.next


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("LOW", {0, 1}),
        ("low water", {0}),
        ("élan", {2}),
        ("ÉLAN", {2}),
        ("100%", {2}),
        ("%", {2}),
        ("_", {3}),
        ("!", set()),
        ("cbz", {0, 1, 2, 3, 4}),
        ("nul \0", set()),
    ],
)
def test_a_search_finds_parts_of_names_whatever_their_case(
    store: Store, job: Job, search: str, names: set[int]
) -> None:
    expected = [seq for seq in range(30) if seq % 5 in names]
    assert walked(store, job, search=search)[0] == expected
    assert [one.seq for one in store.ledger.items(job.num, search=search)] == expected


def test_a_search_finds_parts_of_series_too(store: Store, job: Job) -> None:
    assert walked(store, job, search="series 2")[0] == list(range(20, 30))


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize("most", [1, 7, 1_000])
@pytest.mark.parametrize("search", ["", "low"])
@pytest.mark.parametrize("outcome", [None, *OUTCOMES, Outcome.PLANNED])
def test_pages_of_whatever_size_give_all_that_fits_once(
    store: Store, job: Job, outcome: Outcome | None, search: str, most: int, limit: int
) -> None:
    expected = [
        seq
        for seq in range(30)
        if (not search or seq % 5 < 2)
        and (outcome is None or (seq < 28 and OUTCOMES[seq % 3] is outcome))
    ]
    found, _ = walked(store, job, outcome=outcome, search=search, most=most, limit=limit)
    assert found == expected


def test_a_page_looks_at_a_bounded_number_of_rows(store: Store, job: Job) -> None:
    page = store.ledger.page(job.num, search="no such text", most=10)
    assert (page.items, page.next) == ([], 9)
    assert walked(store, job, search="no such text", most=10) == ([], 3)


def test_the_rows_of_an_outcome_are_bounded_more_tightly(
    store: Store, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SCATTERED", 3)
    found, pages = walked(store, job, search="low", outcome=Outcome.FAILED)
    assert (found, pages) == ([1, 10, 16, 25], 3)


def test_a_page_that_holds_the_last_item_says_that_nothing_follows(store: Store, job: Job) -> None:
    assert store.ledger.page(job.num, limit=30).next is None
    assert store.ledger.page(job.num, limit=29).next == 28

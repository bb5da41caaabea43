"""Whose share of a host's budget, and how many at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shelfhook.rules import Claim, Scaling, scale, share, weight_of

weights = st.one_of(st.floats(0.01, 1_000), st.integers(-100, 100).map(weight_of))
claims = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.builds(Claim, weight=weights, ceiling=st.integers(0, 12)),
    max_size=8,
)
budgets = st.integers(-2, 40)


@given(budgets, claims)
def test_the_sum_never_exceeds_the_budget(budget: int, asked: dict[str, Claim]) -> None:
    assert sum(share(budget, asked).values()) <= max(0, budget)


@given(budgets, claims)
def test_nobody_gets_more_than_its_ceiling_or_less_than_nothing(
    budget: int, asked: dict[str, Claim]
) -> None:
    shares = share(budget, asked)
    assert shares.keys() == asked.keys()
    assert all(0 <= calls <= asked[name].ceiling for name, calls in shares.items())


@given(budgets, claims)
def test_nothing_is_left_over_while_somebody_is_hungry(
    budget: int, asked: dict[str, Claim]
) -> None:
    wanted = sum(claim.ceiling for claim in asked.values())
    assert sum(share(budget, asked).values()) == min(max(0, budget), wanted)


@given(budgets, claims)
def test_everybody_gets_one_before_anybody_gets_two(budget: int, asked: dict[str, Claim]) -> None:
    shares = share(budget, asked)
    if any(calls > 1 for calls in shares.values()):
        assert all(calls >= 1 for name, calls in shares.items() if asked[name].ceiling)


@given(budgets, claims)
def test_the_heaviest_come_first_where_there_are_more_jobs_than_budget(
    budget: int, asked: dict[str, Claim]
) -> None:
    shares = share(budget, asked)
    served = [asked[name].weight for name, calls in shares.items() if calls]
    without = [asked[n].weight for n, calls in shares.items() if not calls and asked[n].ceiling]
    if served and without:
        assert min(served) >= max(without)


@given(budgets, claims, st.floats(1, 100), st.data())
def test_more_weight_never_means_a_smaller_share(
    budget: int, asked: dict[str, Claim], factor: float, data: st.DataObject
) -> None:
    assume(asked)
    name = data.draw(st.sampled_from(sorted(asked)))
    heavier = replace(asked[name], weight=asked[name].weight * factor)
    assert share(budget, {**asked, name: heavier})[name] >= share(budget, asked)[name]


@given(budgets, claims)
def test_a_larger_budget_never_means_a_smaller_share(budget: int, asked: dict[str, Claim]) -> None:
    before, after = share(budget, asked), share(budget + 1, asked)
    assert all(after[name] >= before[name] for name in asked)


@given(budgets, claims, st.randoms(use_true_random=False))
def test_the_order_in_which_jobs_are_named_does_not_matter(
    budget: int, asked: dict[str, Claim], random: object
) -> None:
    names = list(asked)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert share(budget, {name: asked[name] for name in names}) == share(budget, asked)


@pytest.mark.parametrize(
    ("budget", "asked", "shares"),
    [
        (4, {}, {}),
        (4, {"a": (1, 8)}, {"a": 4}),
        (8, {"a": (1, 4), "b": (1, 4)}, {"a": 4, "b": 4}),
        (9, {"a": (2, 16), "b": (1, 16)}, {"a": 6, "b": 3}),
        (8, {"a": (1, 1), "b": (1, 16)}, {"a": 1, "b": 7}),  # what one cannot use
        (4, {"a": (1, 0), "b": (1, 8)}, {"a": 0, "b": 4}),  # a paused job
        (1, {"a": (1, 4), "b": (2, 4)}, {"a": 0, "b": 1}),
        (3, {"a": (1000, 9), "b": (1, 9), "c": (1, 9)}, {"a": 1, "b": 1, "c": 1}),
        (0, {"a": (1, 4)}, {"a": 0}),
        (-1, {"a": (1, 4)}, {"a": 0}),
    ],
)
def test_shares_follow_the_table(
    budget: int, asked: dict[str, tuple[float, int]], shares: dict[str, int]
) -> None:
    assert share(budget, {name: Claim(*claim) for name, claim in asked.items()}) == shares


@pytest.mark.parametrize(
    ("priority", "weight"), [(0, 1), (10, 2), (20, 4), (-10, 0.5), (100, 1024), (5_000, 1024)]
)
def test_ten_points_of_priority_double_the_weight(priority: int, weight: float) -> None:
    assert weight_of(priority) == weight


@given(st.integers(), st.integers())
def test_weight_is_positive_and_grows_with_priority(one: int, two: int) -> None:
    low, high = sorted((one, two))
    assert 0 < weight_of(low) <= weight_of(high)


# -- the moving limit --

limits = st.integers(0, 200)
ceilings = st.integers(1, 64)
streaks = st.integers(0, 100)


@given(limits, ceilings, streaks, st.booleans(), st.integers(1, 50))
def test_the_limit_stays_between_one_and_the_ceiling(
    limit: int, ceiling: int, streak: int, overloaded: bool, successes: int
) -> None:
    assert 1 <= scale(limit, ceiling, streak, overloaded, Scaling(successes)) <= ceiling


@given(ceilings, streaks, st.data())
def test_overload_halves_the_limit_whatever_went_well_before(
    ceiling: int, streak: int, data: st.DataObject
) -> None:
    limit = data.draw(st.integers(1, ceiling))
    assert scale(limit, ceiling, streak, True, Scaling()) == max(1, limit // 2)


@given(ceilings, streaks, st.integers(1, 50), st.data())
def test_a_streak_adds_one_and_less_than_a_streak_nothing(
    ceiling: int, streak: int, successes: int, data: st.DataObject
) -> None:
    limit = data.draw(st.integers(1, ceiling))
    grown = min(ceiling, limit + 1) if streak >= successes else limit
    assert scale(limit, ceiling, streak, False, Scaling(successes)) == grown

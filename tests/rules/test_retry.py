"""Whether and when an item is tried again, and what its error makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.errors import (
    Cancelled,
    Conflict,
    Gone,
    HostDown,
    LeaseLost,
    Permanent,
    Refused,
    SelfSubmission,
    StoreUnavailable,
    Transient,
    Unknown,
)
from shelfhook.model import Outcome
from shelfhook.rules import RetryPolicy, outcome_of, retry_pause

policies = st.builds(
    RetryPolicy,
    attempts=st.one_of(st.integers(1, 30), st.just(1_100)),
    base=st.floats(0.001, 10),
    ceiling=st.floats(0.001, 1_000),
)
jitters = st.floats(0, 1)
NEVER = [
    HostDown("away"),
    HostDown("away", retry_after=5.0),
    Permanent("no"),
    Refused("wrong key"),
    Gone("B1"),
    Cancelled("stop"),
    SelfSubmission("own pool"),
    Unknown("routine", "x"),
    Conflict("over"),
    StoreUnavailable("locked"),
    LeaseLost("other"),
    ValueError("a bug"),
    TimeoutError(),
]


@pytest.mark.parametrize("error", NEVER, ids=repr)
@pytest.mark.parametrize("attempt", [1, 2])
def test_only_a_transient_error_that_is_not_the_host_being_down_is_tried_again(
    error: Exception, attempt: int
) -> None:
    assert retry_pause(error, attempt, RetryPolicy(attempts=9), 0.5) is None


@given(policy=policies, jitter=jitters, data=st.data())
def test_the_pause_lies_between_half_and_the_whole_of_the_backoff(
    policy: RetryPolicy, jitter: float, data: st.DataObject
) -> None:
    attempt = data.draw(st.integers(1, policy.attempts))
    pause = retry_pause(Transient("busy"), attempt, policy, jitter)
    if attempt == policy.attempts:
        assert pause is None
        return
    backoff = min(policy.ceiling, policy.base * 2.0 ** min(attempt - 1, 64))
    assert pause is not None
    assert backoff / 2 <= pause <= backoff


@given(policy=policies, jitter=jitters)
def test_there_are_never_more_attempts_than_the_policy_allows(
    policy: RetryPolicy, jitter: float
) -> None:
    made = 1
    while retry_pause(Transient("busy"), made, policy, jitter) is not None:
        made += 1
    assert made == policy.attempts


@given(policy=policies, jitter=jitters, asked=st.floats(0, 1e5))
def test_a_host_that_asks_for_a_pause_gets_at_least_that(
    policy: RetryPolicy, jitter: float, asked: float
) -> None:
    pause = retry_pause(Transient("busy", retry_after=asked), 1, policy, jitter)
    without = retry_pause(Transient("busy"), 1, policy, jitter)
    assert (pause is None) == (without is None) == (policy.attempts == 1)
    if pause is not None and without is not None:
        assert pause == max(asked, without)


@given(jitter=jitters)
def test_the_pause_never_shrinks_from_one_attempt_to_the_next_with_the_same_jitter(
    jitter: float,
) -> None:
    policy = RetryPolicy(attempts=12)
    pauses = [retry_pause(Transient("busy"), made, policy, jitter) for made in range(1, 12)]
    known = [pause for pause in pauses if pause is not None]
    assert len(known) == 11
    assert known == sorted(known)
    assert known[-1] <= policy.ceiling


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Gone("B1"), Outcome.SKIPPED),
        (Cancelled("stop"), Outcome.CANCELLED),
        (Permanent("no"), Outcome.FAILED),
        (Refused("no"), Outcome.FAILED),
        (Transient("still busy"), Outcome.FAILED),
        (ValueError("a bug"), Outcome.FAILED),
        (MemoryError(), Outcome.FAILED),
    ],
    ids=repr,
)
def test_an_error_has_one_outcome(error: Exception, outcome: Outcome) -> None:
    assert outcome_of(error) is outcome

"""Pure decisions: no clock, no thread, no I/O. Times and durations are seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shelfhook.errors import Cancelled, Gone, HostDown, ItemChanged, Transient
from shelfhook.model import EventKind, FireResult, ItemState, Outcome

# -- when is a batch of events ripe? --


@dataclass(frozen=True, slots=True)
class Patience:
    """How long events are held: `quiet` after the last one, never longer than `most` in all."""

    quiet: float
    most: float


def ripe_at(first: float, last: float, patience: Patience) -> float:
    """When the events that came between `first` and `last` become a job.

    The maximum wait counts from the batch's first event, so a storm that never ends cannot put the
    job off for ever.
    """
    return min(last + patience.quiet, first + patience.most)


# -- retry or not, and when? --


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `attempts` in all; the pause doubles from `base` up to `ceiling`."""

    attempts: int = 3
    base: float = 0.5
    ceiling: float = 30.0


def retry_pause(error: Exception, attempt: int, policy: RetryPolicy, jitter: float) -> float | None:
    """How long to wait before trying an item again; None if it shall not be tried again.

    Args:
        attempt: how many attempts there were, from 1 on.
        jitter: a random number in [0, 1]: spreads those that failed together.

    A host that asks for a pause gets at least that. A host that is down is not the item's fault:
    that is no retry but a pause of the whole job.
    """
    if not isinstance(error, Transient) or isinstance(error, HostDown):
        return None
    if attempt >= policy.attempts:
        return None
    doublings = min(attempt - 1, 64)  # more would overflow before the ceiling is looked at
    backoff = min(policy.ceiling, policy.base * 2.0**doublings)
    return max(error.retry_after or 0.0, backoff * (0.5 + jitter / 2))


def outcome_of(error: Exception) -> Outcome:
    """What an item's error makes of it."""
    if isinstance(error, Gone | ItemChanged):
        return Outcome.SKIPPED
    if isinstance(error, Cancelled):
        return Outcome.CANCELLED
    return Outcome.FAILED


# -- whose share of a host's budget? --


@dataclass(frozen=True, slots=True)
class Claim:
    """What a running job asks of its host's budget: at most `ceiling` calls, by `weight`."""

    weight: float
    ceiling: int


def weight_of(priority: int) -> float:
    """A job ten points of priority above another gets twice its share."""
    return float(2.0 ** (max(-100, min(100, priority)) / 10))


def share(budget: int, claims: Mapping[str, Claim]) -> dict[str, int]:
    """Divide a host's budget among its running jobs by weight.

    Nobody gets more than its ceiling; what one cannot use goes to the others; the sum never exceeds
    the budget. Everybody who can use one gets one before anybody gets two, heaviest first, so a job
    comes to nothing only where there are more jobs than budget.
    """
    shares = dict.fromkeys(claims, 0)
    order = sorted(claims, key=lambda name: (-claims[name].weight, name))
    left = max(0, budget)
    for name in order:
        if left and claims[name].ceiling > 0:
            shares[name] = 1
            left -= 1
    while left:
        hungry = [name for name in order if 0 < shares[name] < claims[name].ceiling]
        if not hungry:
            break
        # The next call goes to whoever has the least for its weight.
        poorest = min(hungry, key=lambda name: (shares[name] / claims[name].weight, name))
        shares[poorest] += 1
        left -= 1
    return shares


# -- how many at once? --


@dataclass(frozen=True, slots=True)
class Scaling:
    """Additive increase, multiplicative decrease of a job's limit; never below 1."""

    successes: int = 20
    """Items that must go well in a row before the limit grows by one."""


def scale(limit: int, ceiling: int, streak: int, overloaded: bool, scaling: Scaling) -> int:
    """The next limit: halved on overload, one more after a streak of successes."""
    if overloaded:
        return max(1, min(ceiling, limit // 2))
    if streak >= scaling.successes:
        return min(ceiling, limit + 1)
    return min(max(1, limit), ceiling)


# -- an echo? --


ECHO_WINDOW = 60.0
"""Seconds within which a host works off a command or takes in a new file."""
UNSETTLED = "?"
"""How the fingerprint begins of an item that the host itself was still to change when we left it.
What follows is the state in which it was seen since."""


def is_echo(kind: EventKind, left: str | None, present: str | None, since: float = 0.0) -> bool:
    """Whether an event only tells us of our own write.

    It does if the item still looks exactly as we left it. After a command nobody knows how the item
    will look: what comes within the window counts as the command's doing, and the state of that
    moment as the one that we left. A scan is never an echo, nor is an item that is new or gone.

    Args:
        left: fingerprint of the state that we left, if we ever did.
        present: the item's fingerprint now.
        since: seconds since we left it.
    """
    if kind is not EventKind.ITEM_CHANGED or left is None or present is None:
        return False
    if left.startswith(UNSETTLED):
        return since <= ECHO_WINDOW or left.removeprefix(UNSETTLED) == present
    return left == present


# -- need an item be looked at? --


UNFINISHED = "-"
"""Known instead of the fingerprint of an item that the next run must look at in any case."""
MARK = "~"
"""Separates the fingerprint of a book from that of its series."""


def marked(fingerprint: str, mark: str) -> str:
    """The fingerprint of a book together with its series'; either may be unknown ("")."""
    return f"{fingerprint}{MARK}{mark}" if fingerprint and mark else fingerprint


def mark_of(fingerprint: str) -> str:
    """The series' part of such a fingerprint."""
    return fingerprint.partition(MARK)[2]


def stayed(known: ItemState | None, fingerprint: str, recipe: str) -> bool:
    """Whether an item is as a job was last done with it, and would have the same done to it."""
    if known is None or not fingerprint or known.failures:
        return False
    return (known.fingerprint, known.recipe) == (fingerprint, recipe)


def set_aside(known: ItemState | None, fingerprint: str, most: int) -> bool:
    """Whether an item has failed in `most` jobs in a row and has not changed since."""
    return known is not None and known.failures >= most and known.fingerprint == fingerprint


# -- in what order stands a list? --


def merge_members(
    present: Sequence[str], wanted: Mapping[str, str], *, ordered: bool
) -> tuple[str, ...]:
    """All members of a list: those that are there, and the new ones.

    Nobody is taken off. An ordered list that stands in the order of its keys so far goes on to do
    so. In any other a person has had a hand: all stay in their places, and the new ones follow, by
    key.

    Args:
        present: the ids that are on the list, in its order.
        wanted: ids that belong on it, each with the key of its place.
        ordered: whether the list has an order of its own.
    """
    by_key = sorted(wanted, key=lambda member: (wanted[member], member))
    there = set(present)
    if ordered and list(present) == [member for member in by_key if member in there]:
        return tuple(by_key)
    return (*present, *(member for member in by_key if member not in there))


# -- what becomes of due times? --


def settle_due(
    due: Iterable[float], now: float, grace: float
) -> list[tuple[float, FireResult, str]]:
    """Decide every due time up to `now`: the latest within the grace runs, for the rest see below.

    Several that fell due while nobody ran are one run: the earlier ones are skipped in favour of
    the latest. If even the latest is older than the grace, it was missed.
    """
    times = sorted({time for time in due if time <= now})
    if not times:
        return []
    *earlier, latest = times
    late = now - latest
    settled = []
    for time in earlier:
        if now - time > grace:
            settled.append((time, FireResult.MISSED, "Shelfhook was not running"))
        else:
            settled.append((time, FireResult.SKIPPED, "a later due time ran instead"))
    if late > grace:
        settled.append((latest, FireResult.MISSED, "Shelfhook was not running"))
    else:
        settled.append((latest, FireResult.RAN, f"{late:.0f} s late" if late >= 60 else ""))
    return settled

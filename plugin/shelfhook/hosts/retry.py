"""When a failed call is sent again: pure arithmetic, no clock, no randomness of its own."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LONGEST_WISH = 3600.0
"""What a host asks for counts up to this: a wrong date must not put a job off for years."""


def backoff(
    failures: int, fraction: float, *, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE
) -> float:
    """Seconds to wait after the n-th failure in a row: exponential, with full jitter.

    Full jitter (anything between nothing and the whole pause) keeps workers that failed together
    from returning together.

    Args:
        failures: how many attempts have failed, from 1.
        fraction: a random number from 0 up to 1.
        first: the whole pause after the first failure, in seconds.
        longest: no pause is longer, in seconds.
    """
    # 2**64 is past every ceiling; the bound keeps the power a small number
    return float(min(longest, first * 2 ** min(failures - 1, 64)) * fraction)


def pause_before_retry(failures: int, fraction: float, retry_after: float | None) -> float:
    """Seconds to wait before the next attempt.

    What the host asked for comes first; the jitter is added to it, because every worker that was
    refused was told the same number.
    """
    if retry_after is None:
        return backoff(failures, fraction)
    return retry_after + FIRST_PAUSE * fraction


def retry_after_seconds(header: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for; None if it is missing or makes no sense.

    Never more than `LONGEST_WISH`.

    Args:
        header: the header's text: seconds, or an HTTP date (RFC 9110, 10.2.3).
        now: seconds since the epoch, UTC, against which a date is read.
    """
    text = (header or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(LONGEST_WISH, float(text))
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(LONGEST_WISH, max(0.0, date.timestamp() - now))

"""What an attempt means for the message."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

from shelfhook.notify.posting import Answer

GONE: Final = 410
BUSY: Final = (429, 503)
LONGEST_WISH: Final = 6 * 3600.0
"""Seconds: a wrong date in Retry-After must not put a message off for ever."""


class Verdict(Enum):
    """What is to be done with a message after an attempt."""

    TAKEN = "taken"
    AGAIN = "again"
    """This message did not please; others may go on."""
    RESTS = "rests"
    """The receiver is away or busy: all that is for it waits."""
    GONE = "gone"
    """It wants no more."""


def verdict(answer: Answer) -> Verdict:
    """What an answer means. A redirect is never followed, so it is no success."""
    if 200 <= answer.status < 300:
        return Verdict.TAKEN
    if answer.status == GONE:
        return Verdict.GONE
    if answer.refused or (answer.status and answer.status not in BUSY):
        return Verdict.AGAIN
    return Verdict.RESTS


def note(answer: Answer) -> str:
    """The same in words."""
    if answer.fault:
        return answer.fault
    if 300 <= answer.status < 400:
        return f"answered {answer.status}; redirects are not followed, name the final URL"
    if answer.status == GONE:
        return "answered 410: it wants no more of this job"
    return f"answered {answer.status}"


def asked_pause(answer: Answer, now: float) -> float | None:
    """Seconds for which the receiver asks (RFC 9110, 10.2.3), None if it does not.

    Args:
        now: seconds since the epoch, UTC, against which a date is read.
    """
    text = answer.retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 12:
        return min(LONGEST_WISH, float(text))
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(LONGEST_WISH, max(0.0, date.timestamp() - now))

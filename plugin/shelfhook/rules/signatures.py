"""Standard Webhooks: is this delivery signed by someone who has the secret, and fresh?

See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

PREFIX: Final = "whsec_"
VERSION: Final = "v1,"
TOLERANCE: Final = 300.0
"""Seconds that a delivery's time may be off, either way."""
MOST_SIGNATURES: Final = 8
"""While a secret is changed there are two; more than a few are an attack."""


def key(secret: str) -> bytes:
    """The key that a secret (`whsec_` and base64) stands for.

    Raises:
        ValueError: it is not base64.
    """
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def sign(key: bytes, delivery: str, timestamp: str, body: bytes) -> str:
    """The signature of a delivery, as it stands in `webhook-signature`."""
    signed = b".".join((delivery.encode(), timestamp.encode(), body))
    digest = hmac.digest(key, signed, hashlib.sha256)
    return VERSION + base64.b64encode(digest).decode()


def fault(
    key: bytes, *, delivery: str, timestamp: str, signatures: str, body: bytes, now: float
) -> str:
    """What is wrong with a signed delivery; "" if nothing is.

    Args:
        delivery, timestamp, signatures: the three headers' values, "" where one is missing.
    """
    if not delivery:
        return "webhook-id is missing; a signed delivery needs it"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        return "webhook-timestamp is not a number of seconds"
    if abs(now - int(timestamp)) > TOLERANCE:
        return "webhook-timestamp is more than five minutes off; compare the clocks"
    expected = sign(key, delivery, timestamp, body).encode()
    given = signatures.split()[:MOST_SIGNATURES]
    # All are compared, whichever fits: how long it takes says nothing.
    fitting = [hmac.compare_digest(expected, one.encode()) for one in given]
    return "" if any(fitting) else "webhook-signature does not fit the body and our secret"

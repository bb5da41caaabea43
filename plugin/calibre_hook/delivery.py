# SPDX-License-Identifier: GPL-3.0-or-later
"""One POST to Shelfhook's webhook: with a token, or signed after Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence

from .names import Event
from .settings import HookError, Settings

TIMEOUT = 5.0
"""Seconds to wait for a connection, and for each part of the answer."""
LONGEST_ANSWER = 1024 * 1024
NOT_UNDERSTOOD = (400, 413, 415, 422)


class NotNow(HookError):  # noqa: N818 - named by its consequence, as Shelfhook's own are
    """Shelfhook has not taken the delivery; it is worth sending it again."""


class NotUnderstood(HookError):  # noqa: N818 - see NotNow
    """Shelfhook says that it can never take this delivery."""


def post(settings: Settings, delivery: str, events: Sequence[Event]) -> None:
    """Deliver a batch. When this returns Shelfhook has it safely.

    Args:
        delivery: its id; the same for the same events, however often they are sent.

    Raises:
        NotNow: nobody answers, or the answer is not Shelfhook's yes.
        NotUnderstood: the events are wrong.
    """
    status, answer = _send(settings, delivery, {"events": list(events)})
    if status in (200, 202) and _has_taken(answer, len(events)):
        return
    if status in NOT_UNDERSTOOD:
        raise NotUnderstood(f"Shelfhook does not understand an event: {_reason(answer)}")
    raise NotNow(_why_not(settings, status, answer))


def test(settings: Settings) -> str:
    """Try the settings without causing anything; "" if they are right, else what is wrong.

    Shelfhook looks at the token or the signature first. An event that does not exist is therefore
    refused as unknown only if all the rest is right.
    """
    try:
        status, answer = _send(settings, str(uuid.uuid4()), {"event": "test"})
    except NotNow as error:
        return str(error)
    if status in (200, 202) or (status == 400 and _field(answer) == "event"):
        return ""
    return _why_not(settings, status, answer)


def sign(key: bytes, delivery: str, timestamp: str, body: bytes) -> str:
    """The signature as it stands in `webhook-signature` (standardwebhooks.com)."""
    signed = b".".join((delivery.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _send(settings: Settings, delivery: str, document: object) -> tuple[int, bytes]:
    if not settings.url:
        raise NotNow("no URL is set")
    opener = _opener(settings)
    try:
        request = _request(settings, delivery, json.dumps(document).encode())
        with opener.open(request, timeout=TIMEOUT) as answer:
            return answer.status, answer.read(LONGEST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _body(error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # URLError is an OSError; a ValueError is a URL that nobody can call.
        raise NotNow(f"{settings.endpoint} cannot be reached ({_told(error)})") from error


def _opener(settings: Settings) -> urllib.request.OpenerDirector:
    """Only what a POST needs, made by hand.

    No proxies: those of the environment are for the internet. No redirects: a POST that follows one
    becomes a GET, and a login page would look like a yes. And no TLS where there is none: to load
    the system's certificates takes 20 ms in which calibre's own threads stand still.
    """
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.HTTPHandler())
    if settings.endpoint.startswith("https:"):
        opener.add_handler(urllib.request.HTTPSHandler(context=_context(settings)))
    opener.add_handler(urllib.request.HTTPErrorProcessor())
    opener.add_handler(urllib.request.HTTPDefaultErrorHandler())
    return opener


def _request(settings: Settings, delivery: str, body: bytes) -> urllib.request.Request:
    headers = {"Content-Type": "application/json", "webhook-id": delivery}
    if settings.secret:
        now = str(int(time.time()))
        headers["webhook-timestamp"] = now
        headers["webhook-signature"] = sign(settings.key, delivery, now, body)
    elif settings.token:
        headers["Authorization"] = f"Bearer {settings.token}"
    # Settings let only http and https through.
    return urllib.request.Request(settings.endpoint, body, headers, method="POST")  # noqa: S310


def _context(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.ca_file:
        try:
            context.load_verify_locations(settings.ca_file)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise NotNow(f"the CA file {settings.ca_file} cannot be used ({error})") from error
    return context


def _body(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(LONGEST_ANSWER)
    except (OSError, http.client.HTTPException):  # the connection broke; the status says enough
        return b""


def _has_taken(answer: bytes, count: int) -> bool:
    """Whether this is Shelfhook's answer; a login page or some other service may say 200, too."""
    document = _parsed(answer)
    events = document.get("events")
    return isinstance(events, list) and len(events) == count


def _why_not(settings: Settings, status: int, answer: bytes) -> str:
    where = settings.endpoint
    if status in (200, 202):
        return f"whoever answers at {where} is not Shelfhook; check the URL"
    if 300 <= status < 400:
        return f"{where} leads elsewhere (HTTP {status}); set the final URL"
    if status == 401:
        return f"Shelfhook refuses the token or the secret: {_reason(answer)}"
    return f"{where} answers HTTP {status}: {_reason(answer)}"


def _reason(answer: bytes) -> str:
    document = _parsed(answer)
    return str(document.get("detail") or document.get("title") or "it does not say why")[:300]


def _field(answer: bytes) -> object:
    return _parsed(answer).get("field")


def _parsed(answer: bytes) -> dict[str, object]:
    try:
        document = json.loads(answer)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _told(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason) or type(reason).__name__

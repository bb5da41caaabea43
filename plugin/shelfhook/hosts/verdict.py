"""What a status means: the answer read, or the error that says what to do about it."""

from __future__ import annotations

import json
from http import HTTPStatus
from urllib.parse import urlsplit

from shelfhook.errors import Gone, Permanent, Refused, ShelfhookError, Transient
from shelfhook.hosts.calls import Answer, Call, Dialect, Json
from shelfhook.hosts.retry import retry_after_seconds

AWAY = frozenset({502, 503, 504})
"""Statuses by which something in front of the host, or the host itself, says: not now."""
NOWHERE = frozenset({404, 410})
"""Statuses that say that there is nothing here."""
FOREIGN = (
    "these are not the host's own words: a proxy stands before it, and what is behind the proxy "
    "may be restarting"
)


class NotYet(Transient):
    """It is to be sent again, since the host may say so before it is ready.

    Args:
        last_word: what it means if the host says so to the end.
    """

    def __init__(self, last_word: ShelfhookError) -> None:
        super().__init__(str(last_word))
        self.last_word = last_word


class Stumbled(Transient):
    """The host answered 500: how much of the call it had done by then, it does not say."""


def read(where: str, call: Call, answer: Answer) -> Json:
    """The JSON of a good answer; None where the call promises none.

    Args:
        where: host, method and path, to begin messages with.
        call: what was asked.
        answer: with a status of 200 to 299.

    Raises:
        Permanent: it is not the answer of such a host.
    """
    if call.expects != HTTPStatus.OK:
        if answer.status == HTTPStatus.OK:
            raise _not_the_api(where, call, answer)
        return None
    if not answer.body:
        raise Permanent(f"{where}: an empty answer where JSON was promised (see komga#2099)")
    try:
        document: Json = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _not_the_api(where, call, answer) from error
    return document


def content(where: str, call: Call, answer: Answer) -> bytes:
    """The body of a good answer that is no JSON, or b"" if it was written elsewhere.

    Raises:
        Permanent: there is none, or it is the page of some login.
    """
    if _kind(answer) == "text/html":
        raise _not_the_api(where, call, answer)
    if not answer.body and not answer.streamed:
        raise Permanent(f"{where}: an empty answer where a file was promised (see komga#2099)")
    return answer.body


def success(where: str, call: Call, answer: Answer) -> None:
    """Take a good answer, whatever it says.

    Raises:
        Permanent: it is the page of some login.
    """
    if _kind(answer) == "text/html":
        raise _not_the_api(where, call, answer)


def error_of(
    where: str, base: str, call: Call, answer: Answer, dialect: Dialect, now: float
) -> ShelfhookError:
    """The error that a status other than success stands for; arguments as `_meaning` has them."""
    error = _meaning(where, base, call, answer, dialect, now)
    return NotYet(error) if answer.status in call.again else error


def _meaning(
    where: str, base: str, call: Call, answer: Answer, dialect: Dialect, now: float
) -> ShelfhookError:
    """What a status means that is the last word.

    Args:
        where: host, method and path, to begin the message with.
        base: the host's base URL, for remedies.
        call: what was asked.
        answer: what came back.
        dialect: finds the host's own words.
        now: seconds since the epoch, to read a `Retry-After` date.
    """
    status = answer.status
    said = dialect.redact(dialect.explain(answer.body))
    what = f"{where} answered {status}{': ' + said if said else ''}"
    if status in call.gone:
        return Gone(f"{call.entity or 'it'} is not there ({what})")
    if 300 <= status < 400:
        return Permanent(f"{what}; {_redirect_remedy(base, answer)}")
    if status == HTTPStatus.UNAUTHORIZED:
        return Refused(f"{what}; the key or the password is wrong")
    if status == HTTPStatus.FORBIDDEN:
        right = f"the right {call.right}, which" if call.right else "a right that"
        return Refused(f"{what}; this needs {right} our account does not have")
    if status in NOWHERE:
        if call.entity and foreign(answer):
            return Transient(f"{what}; {FOREIGN}")
        if call.entity:
            return Gone(f"{call.entity} is no longer there ({what})")
        return Permanent(f"{what}; is {base} the right base URL?")
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS) or status in AWAY:
        pause = retry_after_seconds(answer.headers.get("Retry-After"), now)
        overload = status != HTTPStatus.BAD_GATEWAY
        return Transient(what, retry_after=pause, overload=overload)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        pause = retry_after_seconds(answer.headers.get("Retry-After"), now)
        return Stumbled(what, retry_after=pause, overload=dialect.overloaded(answer))
    return Permanent(what)


def foreign(answer: Answer) -> bool:
    """Whether a 404 or 410 comes from something in front of the host.

    The host's own has no body or a JSON object; a proxy that has lost the host answers with a page
    or a line of text, and that says nothing about the thing that was asked for.
    """
    if answer.status not in NOWHERE:
        return False
    body, kind = answer.body.strip(), _kind(answer)
    return bool(body) and "json" not in kind and (bool(kind) or not body.startswith(b"{"))


def _kind(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _redirect_remedy(base: str, answer: Answer) -> str:
    target = urlsplit(answer.headers.get("Location", ""))
    ours = urlsplit(base)
    if target.hostname == ours.hostname and target.scheme not in ("", ours.scheme):
        return f"set the base URL with {target.scheme}:// instead of {ours.scheme}://"
    to = f" to {target.hostname}" if target.hostname and target.hostname != ours.hostname else ""
    return (
        f"redirects{to} are not followed: {base} may be the wrong base URL, "
        "or the login page of a proxy stands before the host"
    )


def _not_the_api(where: str, call: Call, answer: Answer) -> Permanent:
    kind = _kind(answer)
    if kind == "text/html" or answer.body.lstrip()[:1] == b"<":
        return Permanent(
            f"{where}: a web page came instead of the API's answer: the base URL is wrong, "
            "or the login page of a proxy stands before the host"
        )
    if call.expects != HTTPStatus.OK:
        return Permanent(
            f"{where}: answered 200 instead of {call.expects}, so nothing was done (see komga#2099)"
        )
    return Permanent(f"{where}: the answer is not JSON ({kind or 'no content type'})")

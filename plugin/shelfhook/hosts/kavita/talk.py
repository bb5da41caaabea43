"""Calls to a Kavita server: a token where one is wanted, empty answers, pages."""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from shelfhook.errors import Gone, Permanent, Refused
from shelfhook.hosts import verdict
from shelfhook.hosts.calls import Answer, Call, Json, Observe
from shelfhook.hosts.client import Client
from shelfhook.hosts.kavita import routes
from shelfhook.hosts.kavita.dialect import KavitaDialect
from shelfhook.hosts.kavita.documents import Dto, a_list, an_object
from shelfhook.ports import Clock, HostOptions

SHUT = 60.0
"""Seconds without another log-in once one was refused: Kavita locks an account after a few of them,
and then its owner is out, too."""

T = TypeVar("T")


class Talk(Client):
    """A client that logs in when it must. Its methods may be called from many threads at once.

    The lock lets one thread log in while the others wait for its token: each log-in is a row in
    Kavita's table of devices. It is held for one call, which ends by its own deadline.
    """

    def __init__(
        self,
        options: HostOptions,
        dialect: KavitaDialect,
        clock: Clock,
        *,
        fraction: Callable[[], float] = random.random,
        observe: Observe | None = None,
    ) -> None:
        super().__init__(options, dialect, clock, fraction=fraction, observe=observe)
        self._kavita = dialect
        self._entering = threading.Lock()
        self._shut_until = -math.inf  # by the monotonic clock; guarded by the lock

    def ask(self, call: Call) -> Json:
        """The JSON of an answer.

        Raises:
            Gone: there is none (204): what was asked for is not there.
            HostDown, Transient, Refused, Permanent: as `Client.ask`.
        """
        return self._read(call, self._sent(call))

    def paged(self, call: Call) -> tuple[list[Dto], int]:
        """One page of a list, and how many there are on all pages."""
        answer = self._sent(call)
        return a_list(self._read(call, answer)), _total(answer.headers)

    def tell(self, call: Call) -> None:
        """Make a call whose answer says no more than that it succeeded."""
        verdict.success(self._where(call), call, self._sent(call))

    def save(self, call: Call, target: Path) -> None:
        """As `Client.save`, with a token where one is wanted."""
        self._entered(lambda: Client.save(self, call, target))

    def credentials(self) -> Mapping[str, str]:
        """The headers that identify us, for what is no call: the hub's WebSocket."""
        return self._kavita.headers()

    def redact(self, text: str) -> str:
        """The text without our secrets."""
        return self._kavita.redact(text)

    def _read(self, call: Call, answer: Answer) -> Json:
        if answer.status == HTTPStatus.NO_CONTENT:
            what = call.entity or "what was asked for"
            raise Gone(f"{what} is not there ({self._where(call)} answered 204)")
        return verdict.read(self._where(call), call, answer)

    def _sent(self, call: Call) -> Answer:
        return self._entered(lambda: self._answer(call))

    def _entered(self, send: Callable[[], T]) -> T:
        """Send; if what we have to show is refused, get a token and send once more."""
        before = self._kavita.entered
        try:
            return send()
        except Refused:
            if not self._enter(before):
                raise
        return send()

    def _enter(self, before: int) -> bool:
        """Whether there is a token now that there was not before."""
        with self._entering:
            if self._kavita.entered == before and self._kavita.refused:
                if self._clock.monotonic() < self._shut_until:
                    return False
                self._kavita.enter(self._token())
            return self._kavita.entered != before

    def _token(self) -> str:
        call = routes.login(self._kavita.login())
        try:
            found = an_object(self._read(call, self._answer(call)))
        except Refused:
            self._shut_until = self._clock.monotonic() + SHUT
            raise
        token = found.get("token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Permanent("the host gave no token; is it a Kavita server?")
        return token


def _total(headers: Mapping[str, str]) -> int:
    """How many there are in all, as the header `Pagination` says."""
    try:
        return int(json.loads(headers.get("Pagination") or "")["totalItems"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Permanent(
            "the host's list has no usable Pagination header: is it a Kavita server, and does the "
            "proxy before it let that header pass?"
        ) from error

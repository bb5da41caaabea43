"""How callbacks and notifications are sent, one attempt at a time for each receiver."""

from __future__ import annotations

import json
import logging
import random
import threading
from contextlib import suppress

from shelfhook.app import letters
from shelfhook.app.hands import Hands
from shelfhook.errors import ShelfhookError
from shelfhook.notify import Poster, Verdict, apprise, verdict
from shelfhook.notify.verdict import asked_pause, note
from shelfhook.ports import Clock
from shelfhook.rules import callbacks, signatures, wording
from shelfhook.rules.telling import again_in
from shelfhook.settings import NotificationSettings, Settings
from shelfhook.store import Store
from shelfhook.store.findings import Wanted
from shelfhook.store.outgoing import Channel, Delivery, DeliveryState
from shelfhook.store.outgoing_operations import Result

log = logging.getLogger("shelfhook.notify")

IN_HAND = 16
"""Messages taken out of the store at once; each is for another receiver."""
GATHER = 60.0
"""Seconds between two notifications to one receiver; what comes meanwhile is one message."""
MOST_GATHERED = 500
FAULT_PAUSE = 60.0


class Senders:
    """Sends what is due, by threads of its own (see `Hands`).

    The lock guards who rests until when, and who was told when: by the clock that only goes on, so
    that nobody waits for hours because the other one was set back.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._poster = Poster(settings.callbacks.entries, clock)
        self._keys = settings.callbacks.keys
        self._hands = Hands(self._send, self._failed, clock)
        self._lock = threading.Lock()
        self._rests: dict[str, float] = {}
        self._told: dict[str, float] = {}

    def begin(self) -> None:
        """Start the threads."""
        self._hands.begin()

    def free_at(self, receiver: str, now: float) -> float:
        """When a receiver of notifications may be told something again."""
        with self._lock:
            told = self._told.get(receiver)
        since = GATHER if told is None else self._clock.monotonic() - told
        return now + max(0.0, GATHER - since)

    def offer(self) -> None:
        """Hand out what is due and whose receiver is free."""
        self._hands.relieve()
        busy = self._hands.busy()
        free, taken = IN_HAND - len(busy), busy | self._resting()
        if free <= 0:
            return
        for one in self._store.outgoing.due(self._clock.now(), busy=taken, limit=4 * IN_HAND):
            if free and one.receiver not in taken:
                taken.add(one.receiver)
                free -= 1
                self._hand_out(one)

    def _resting(self) -> set[str]:
        now = self._clock.monotonic()
        with self._lock:
            self._rests = {one: until for one, until in self._rests.items() if until > now}
            return set(self._rests)

    def _hand_out(self, one: Delivery) -> None:
        if one.channel is Channel.NOTIFICATION:
            with self._lock:
                self._told[one.receiver] = self._clock.monotonic()
        self._hands.give(one)

    def end(self) -> None:
        """Let attempts under way end, for a while."""
        self._hands.end()

    def _failed(self, one: Delivery, error: BaseException) -> None:
        if self._hands.ended:
            log.info("%s was still being sent; it is sent again after the next start", one.message)
            return
        # The type alone: a message of a library's could hold a URL with its secret.
        told = type(error).__name__
        now = self._clock.now()
        with suppress(ShelfhookError):  # the store is away: the message is still due there
            self._store.outgoing.settle(
                Result(
                    ((one.id, one.message),),
                    DeliveryState.PENDING,
                    now,
                    f"failed here: {told}",
                    now + FAULT_PAUSE,
                    one.receiver,
                )
            )
        log.error("Sending %s failed: %s", one.message, told)

    def _send(self, one: Delivery) -> None:
        if one.channel is Channel.CALLBACK:
            self._call_back(one)
        else:
            self._notify(one)

    # -- callbacks --

    def _call_back(self, one: Delivery) -> None:
        if not self._keys:
            self._settle([one], DeliveryState.GIVEN_UP, "callbacks.secret is not set any more")
            return
        body, now = one.body.encode(), self._clock.now()
        stamp = str(int(now))
        signed = [signatures.sign(key, one.message, stamp, body) for key in self._keys]
        headers = {
            "webhook-id": one.message,
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(signed),
        }
        answer = self._poster.post(callbacks.target(one.target), headers, body)
        said = verdict(answer)
        if said is Verdict.TAKEN:
            self._settle([one], DeliveryState.DELIVERED, "")
        elif said is Verdict.GONE:
            self._settle([one], DeliveryState.GONE, note(answer))
        else:
            pause = asked_pause(answer, self._clock.now())
            rests = said is Verdict.RESTS
            self._again(one, [one], note(answer), pause, rests=rests)

    # -- notifications --

    def _notify(self, head: Delivery) -> None:
        name, _, place = head.receiver.rpartition("/")
        settings = self._settings.notifications.get(name)
        if settings is None or int(place) > len(settings.urls):
            self._settle([head], DeliveryState.GIVEN_UP, "it is not in the settings any more")
            return
        gathered = self._gathered(head)
        try:
            title, body = self._words(settings, gathered)
        except wording.FAULTS as error:
            told = f"its template cannot be filled in: {error}"
            self._settle(gathered, DeliveryState.GIVEN_UP, told)
            log.error("notifications.%s: %s", name, told)
            return
        url = settings.urls[int(place) - 1].get_secret_value()
        if fault := apprise(url, title, body):
            self._again(head, gathered, fault, None, rests=True)
        else:
            self._settle(gathered, DeliveryState.DELIVERED, "")

    def _gathered(self, head: Delivery) -> list[Delivery]:
        """With a message about a job go all others that wait for the same receiver."""
        if not head.job:
            return [head]
        waiting = self._store.outgoing.waiting(head.receiver, MOST_GATHERED)
        return [one for one in waiting if one.job] or [head]

    def _words(self, settings: NotificationSettings, gathered: list[Delivery]) -> tuple[str, str]:
        head = gathered[0]
        if head.kind == letters.TEST:
            return letters.test_words(settings.name)
        if head.kind == letters.DIGEST:
            return letters.digest_words(settings, json.loads(head.body))
        names = letters.library_names(self._store.status.beats())
        return letters.words(
            settings,
            [
                (
                    one.kind,
                    letters.view(
                        self._store.jobs.get(one.job), names, self._found(one.job_num or 0)
                    ),
                )
                for one in gathered
            ],
        )

    def _found(self, job_num: int) -> int:
        return sum(self._store.findings.counts(Wanted(job=job_num)).values())

    # -- results --

    def _settle(self, ones: list[Delivery], state: DeliveryState, said: str) -> None:
        now = self._clock.now()
        rows = tuple((one.id, one.message) for one in ones)
        self._store.outgoing.settle(Result(rows, state, now, said, now))

    def _again(
        self,
        head: Delivery,
        ones: list[Delivery],
        said: str,
        asked: float | None,
        *,
        rests: bool,
    ) -> None:
        now = self._clock.now()
        pause = again_in(head.attempts + 1, random.random(), asked)  # noqa: S311 - no secret
        rows = tuple((one.id, one.message) for one in ones)
        receiver = head.receiver if rests else ""
        if rests:  # also from what is queued meanwhile
            with self._lock:
                self._rests[receiver] = self._clock.monotonic() + pause
        self._store.outgoing.settle(
            Result(rows, DeliveryState.PENDING, now, said, now + pause, receiver)
        )
        log.info("%s: %s; tried again in %.0f s", head.receiver, said, pause)

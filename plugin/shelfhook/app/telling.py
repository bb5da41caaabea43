"""Makes messages of what the store says of jobs, and has them sent.

Nothing is told by those who run jobs, so no receiver can slow them down. What is to be told is
derived from the store; whether it was told is noted there in the same commit. So a crash loses none
and repeats none.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence

from shelfhook.app import letters
from shelfhook.app.sending import Senders
from shelfhook.errors import StoreUnavailable
from shelfhook.model import Job, JobState
from shelfhook.notify import MISSING, installed
from shelfhook.ports import Clock
from shelfhook.rules.telling import FINISHED, ON_FINDINGS, ON_PAUSED, end_kind, progress_kind
from shelfhook.scheduling.cron import due_between
from shelfhook.settings import NotificationSettings, Settings
from shelfhook.store import Store
from shelfhook.store.findings import Wanted
from shelfhook.store.outgoing import Channel, Last
from shelfhook.store.outgoing_operations import Message

log = logging.getLogger("shelfhook.notify")

ENDS = 100
"""Jobs whose end is told in one turn; more follow in the next."""
SELDOM = 15.0
"""Seconds between two looks for digests that are due and messages that are too old."""
NOTHING = Last("", 0, 0.0)


class Telling:
    """One turn after the other, by the scheduler; sending has threads of its own (`Senders`)."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._senders = Senders(settings, store, clock)
        self._seldom_at = float("-inf")

    def begin(self) -> None:
        """Be ready to send."""
        if self._settings.notifications and not installed():
            log.error("notifications: %s", MISSING)
        self._senders.begin()

    def tick(self) -> None:
        """Queue what is to be told, and hand out what is due."""
        self._ends()
        self._open_jobs()
        now = self._clock.monotonic()
        if now - self._seldom_at >= SELDOM:
            self._seldom_at = now
            self._digests()
            self._expire()
        self._senders.offer()

    def end(self) -> None:
        """Tell what has ended last, as far as receivers take it at once; the rest stays queued."""
        try:
            self.tick()
        except StoreUnavailable as error:
            log.warning("What has ended last is told after the next start: %s", error)
        finally:
            self._senders.end()

    # -- ends of jobs --

    def _ends(self) -> None:
        ended = self._store.outgoing.untold(ENDS)
        named = self._store.outgoing.callbacks([job.num for job in ended]) if ended else {}
        now = self._clock.now()
        for job in ended:
            messages = [
                *self._callbacks(job, named.get(job.num, ()), FINISHED, now),
                *self._notices(job, now),
            ]
            self._store.outgoing.tell(job.num, messages, now)

    def _callbacks(
        self, job: Job, named: Sequence[str], kind: str, now: float
    ) -> Iterator[Message]:
        for url in self._urls(job, named):
            try:
                yield letters.callback(job, url, kind, now)
            except ValueError as error:  # stored by another version, which judged otherwise
                log.warning("A callback of job %s is left out: %s", job.short, error)

    def _urls(self, job: Job, named: Sequence[str]) -> list[str]:
        routine = self._settings.routines.get(job.routine)
        return list(dict.fromkeys([*named, *(routine.callbacks if routine else ())]))

    def _notices(self, job: Job, now: float) -> Iterator[Message]:
        listening = list(self._listening(job))
        asked = any(ON_FINDINGS in one.on for one in listening)
        found = bool(asked and self._store.findings.page(Wanted(job=job.num), 1))
        for one in listening:
            if kind := end_kind(job, one.on, found=found):
                yield from self._to_all(one, job, kind, now)

    def _listening(self, job: Job) -> Iterator[NotificationSettings]:
        routine = self._settings.routines.get(job.routine)
        notify = routine.notify if routine else ()
        for one in self._settings.notifications.values():
            if one.concerns(job.routine, notify):
                yield one

    def _to_all(
        self, one: NotificationSettings, job: Job, kind: str, now: float
    ) -> Iterator[Message]:
        for receiver in one.receivers:
            yield letters.notice(job, receiver, kind, now, self._senders.free_at(receiver, now))

    # -- jobs that go on --

    def _open_jobs(self) -> None:
        paused = any(ON_PAUSED in one.on for one in self._settings.notifications.values())
        if not (paused or self._settings.callbacks.allow):
            return
        going = self._store.jobs.in_states(JobState.RUNNING, JobState.PAUSED)
        if not going:
            return
        nums = [job.num for job in going]
        named, last = self._store.outgoing.callbacks(nums), self._store.outgoing.last(nums)
        now = self._clock.now()
        messages = [
            message
            for job in going
            for message in (
                *self._progress(job, named.get(job.num, ()), last, now),
                *self._pauses(job, last, now),
            )
        ]
        if messages:
            self._store.outgoing.put(messages)

    def _progress(
        self,
        job: Job,
        named: Sequence[str],
        last: Mapping[tuple[int, str, str], Last],
        now: float,
    ) -> Iterator[Message]:
        every = self._settings.callbacks.every_seconds
        for url in self._urls(job, named):
            before = last.get((job.num, Channel.CALLBACK, url), NOTHING)
            if kind := progress_kind(job, *before, now, every):
                yield from self._callbacks_to(job, url, kind, now)

    def _callbacks_to(self, job: Job, url: str, kind: str, now: float) -> Iterator[Message]:
        try:
            yield letters.callback(job, url, kind, now)
        except ValueError:
            return  # said when it ends

    def _pauses(
        self, job: Job, last: Mapping[tuple[int, str, str], Last], now: float
    ) -> Iterator[Message]:
        if job.state is not JobState.PAUSED:
            return
        for one in self._listening(job):
            if ON_PAUSED not in one.on:
                continue
            for message in self._to_all(one, job, ON_PAUSED, now):
                if (job.num, message.channel, message.target) not in last:
                    yield message

    # -- digests --

    def _digests(self) -> None:
        for name, one in self._settings.notifications.items():
            if letters.DIGEST in one.on:
                self._digest(name, one)

    def _digest(self, name: str, one: NotificationSettings) -> None:
        """Several that fell due while nobody ran are one, which tells of all that time."""
        now = self._clock.now()
        since = self._store.outgoing.digest_since(name, now)
        if not any(True for _ in due_between(one.cron, one.timezone, since, now)):
            return
        after = self._settings.engine.quarantine_after
        facts = self._store.digests.facts(since, now, after)
        body = json.dumps(facts, separators=(",", ":"))
        wanted = one.receivers if one.always or letters.happened(facts) else []
        messages = [
            letters.notice(None, receiver, letters.DIGEST, now, now, body) for receiver in wanted
        ]
        self._store.outgoing.digest(name, (since, now), messages)

    def _expire(self) -> None:
        now = self._clock.now()
        before = now - self._settings.callbacks.give_up_hours * 3600
        if count := self._store.outgoing.expire(before, now):
            log.warning("%d message(s) were never taken and are given up", count)

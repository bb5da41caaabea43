"""One host's bridge: listens, or asks again and again, until it is stopped."""

from __future__ import annotations

import logging
import math
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from shelfhook.bridges.ear import Ear
from shelfhook.bridges.intake import Intake
from shelfhook.bridges.plan import Plan
from shelfhook.bridges.source import POLL, STREAM, Source
from shelfhook.errors import Permanent, ShelfhookError, StoreUnavailable, Transient
from shelfhook.model import Library
from shelfhook.ports import Asked, Clock, Host, Sign, Tells, Tiding
from shelfhook.rules.scans import Hearing, reconnect_pause

log = logging.getLogger("shelfhook.bridge")

LOOK = 0.5
"""Seconds between two looks at what has ended while nothing is heard."""
POLLS_AFTER = 3
"""So many streams in a row that brought nothing, and we ask as well."""
JOIN = 5.0
STEADY = 300.0
"""Seconds after which a bridge that fails begins anew as soon as one that never did."""
LASTING = 60.0
"""Seconds after which a stream that has told nothing was of use all the same: it was quiet."""
NEVER = math.inf


class Bridge:
    """Brings what one host tells into the inbox.

    Its thread `bridge_<host>` ends after `stop`, as soon as a call to the host that is under way
    has: `close` of the host ends that too. While it listens there is a second one (see `Ear`). An
    error that nobody expected is recorded, and the bridge begins anew after a pause.

    Args:
        host: satisfies `Tells` or `Asked` as far as the plan needs them.
        intake: takes down what it tells.
        clock: tells the time and does the waiting.
        plan: what to do.
        beat: called again and again as a sign of life, with what went wrong, or "".
        wanted: whether anybody waits for events of a library.
        fraction: random numbers from 0 to 1, for the jitter.
    """

    def __init__(
        self,
        host: Host,
        intake: Intake,
        clock: Clock,
        plan: Plan,
        *,
        beat: Callable[[str], None] = lambda _trouble: None,
        wanted: Callable[[Library], bool] = lambda _library: True,
        fraction: Callable[[], float] = random.random,
    ) -> None:
        self._host = host
        self._intake = intake
        self._clock = clock
        self._plan = plan
        self._beat = beat
        self._wanted = wanted
        self._fraction = fraction
        self._asked = cast(Asked, host) if plan.asks else None
        self._stop = threading.Event()
        self._owed = 0.0
        """When to ask what is new, by the monotonic clock; infinity: it was asked."""
        self._failures = 0  # streams in a row that were of no use
        self._unanswered = 0  # questions in a row that failed
        self._asked_at: float | None = None  # by the monotonic clock
        self._unkept = ""
        polls = plan.poll_seconds if plan.kind == POLL else 0.0
        self._source = Source(plan.kind, polls, note=plan.note)
        self._thread = threading.Thread(target=self._run, name=f"bridge_{host.name}", daemon=True)

    # -- from any thread --

    @property
    def source(self) -> Source:
        """Where the events come from just now, and how that goes."""
        told, unkept = self._source, self._unkept
        events, unknown = self._intake.events, dict(self._intake.unknown)
        return replace(told, trouble=unkept or told.trouble, events=events, unknown=unknown)

    def start(self) -> None:
        """Begin, if there is anything to do."""
        if self._plan.kind in (STREAM, POLL):
            self._thread.start()

    def stop(self) -> None:
        """Take in nothing more; `join` waits for it."""
        self._stop.set()

    def join(self, seconds: float = JOIN) -> None:
        """Wait for the thread's end, at most so long."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    # -- the bridge's thread --

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            begun = self._clock.monotonic()
            try:
                self._intake.begin()
                self._listen() if self._plan.kind == STREAM else self._ask()
            except Exception as failure:  # a thread's root: recorded, and it begins anew
                told = f"{type(failure).__name__}: {failure}"
                log.exception("The bridge of %s failed; it begins anew", self._host.name)
                self._beat(told)
                self._say(since=None, trouble=told)
                failures = failures + 1 if self._clock.monotonic() - begun < STEADY else 1
                self._clock.wait(self._stop, reconnect_pause(failures, self._fraction()))

    def _listen(self) -> None:
        """One stream after the other."""
        while not self._stop.is_set():
            begun = self._clock.monotonic()
            error, brought = self._one_stream()
            lasted = self._clock.monotonic() - begun >= LASTING
            self._failures = 0 if brought or lasted else self._failures + 1
            asked = getattr(error, "retry_after", None) or 0.0
            pause = reconnect_pause(self._failures, self._fraction(), asked)
            told = str(error) if error else f"{self._host.name} has ended the stream"
            if not self._stop.is_set():
                log.info("%s: reconnecting in %.1f s: %s", self._host.name, pause, told)
            self._say(since=None, again_at=self._clock.now() + pause, trouble=told, note="")
            useless = self._failures >= POLLS_AFTER or isinstance(error, Permanent)
            self._rest(pause, polls=useless and self._plan.poll_seconds > 0)
            self._say(again_at=None)

    def _one_stream(self) -> tuple[Exception | None, bool]:
        """Listen to one stream; gives why it ended, and whether it has brought anything."""
        ear = Ear(cast(Tells, self._host), f"bridge_{self._host.name}_ear")
        ear.start()
        brought = False
        try:
            while not self._stop.is_set():
                batch = ear.take(self._clock, LOOK)
                if batch is None:
                    break
                brought = brought or any(_is_word(tiding) for tiding in batch)
                self._take_in(batch)
            if ear.error is not None and not isinstance(ear.error, ShelfhookError):
                raise ear.error
            return ear.error, brought
        finally:
            ear.leave()

    def _take_in(self, batch: list[Tiding]) -> None:
        for tiding in batch:
            if tiding.sign is Sign.LISTENING:
                self._listening(tiding.item)
        self._intake.hear(batch)
        if self._intake.wants_news:
            self._intake.wants_news = False
            self._owed = self._clock.monotonic()
        self._step(self._asked)

    def _listening(self, note: str) -> None:
        log.info("Listening to the events of %s", self._host.name)
        self._intake.listen(Hearing.QUIET if note else Hearing.TICKS)
        count = self._source.connections + 1
        self._say(since=self._clock.now(), again_at=None, trouble="", note=note, connections=count)
        self._owed = self._clock.monotonic()

    def _ask(self) -> None:
        """One poll after the other."""
        self._intake.listen(Hearing.QUIET)
        self._owed = self._clock.monotonic()
        while not self._stop.is_set():
            self._step(None)
            if self._owed == NEVER:
                self._owed = self._clock.monotonic() + self._plan.poll_seconds
            self._clock.wait(self._stop, LOOK)

    def _rest(self, seconds: float, *, polls: bool) -> None:
        """Wait before the next stream; ask meanwhile, if streams are of no use."""
        until = self._clock.monotonic() + seconds
        self._intake.listen(Hearing.QUIET if polls else Hearing.DEAF)
        self._say(poll_seconds=self._plan.poll_seconds if polls else 0.0)
        self._owed = self._next_poll() if polls else NEVER
        while not self._stop.is_set() and (left := until - self._clock.monotonic()) > 0:
            self._step(None)
            self._clock.wait(self._stop, min(LOOK, left))

    def _next_poll(self) -> float:
        if self._asked_at is None:
            return self._clock.monotonic()
        return self._asked_at + self._plan.poll_seconds

    def _step(self, asked: Asked | None) -> None:
        """Commit, ask what is owed, tell of scans that have ended; and a sign of life."""
        self._beat("")
        try:
            if self._unkept:
                self._intake.begin()  # perhaps it was kept after all
            self._intake.flush()
            if self._clock.monotonic() >= self._owed:
                self._reconcile()
            self._intake.settle(asked)
        except StoreUnavailable as error:
            log.warning("What %s tells cannot be kept now: %s", self._host.name, error)
            self._unkept = str(error)
            self._clock.wait(self._stop, LOOK)
        else:
            self._unkept = ""

    def _reconcile(self) -> None:
        """Ask what is new in all libraries that anybody waits for; later again if it fails."""
        if self._asked is None:
            self._owed = NEVER
            return
        try:
            libraries = self._host.libraries()
            wanted = [one.id for one in libraries if self._wanted(one)]
            self._intake.leave_aside({one.id for one in libraries}.difference(wanted))
            self._intake.reconcile(self._asked, wanted)
        except StoreUnavailable:
            raise
        except ShelfhookError as error:
            self._unanswered += 1
            asked = error.retry_after if isinstance(error, Transient) else None
            pause = reconnect_pause(self._unanswered, self._fraction(), asked or 0.0)
            self._owed = self._clock.monotonic() + pause
            self._say(trouble=f"cannot ask what is new: {error}")
        else:
            self._owed = NEVER
            self._unanswered = 0
            self._asked_at = self._clock.monotonic()
            self._say(polled_at=self._clock.now())
            if self._source.since is not None or self._plan.kind == POLL:
                self._say(trouble="")

    def _say(self, **what: object) -> None:
        self._source = replace(self._source, **what)  # type: ignore[arg-type] # names of its fields


def _is_word(tiding: Tiding) -> bool:
    return tiding.sign not in (Sign.LISTENING, Sign.ALIVE)

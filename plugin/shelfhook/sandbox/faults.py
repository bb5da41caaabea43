"""Switches that make the sandbox behave badly, as real servers do on bad days.

`PUT /sandbox/faults` takes an object of switches. A value is `true`, a number (milliseconds)
or an object: `methods` (list), `path` (a prefix, or a pattern when it holds `*`), `after` (so
many matching requests pass first), `every` (each n-th), `count` (stops after so many), and
`ms`, `retry_after`, `events` for the switches that need them.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from shelfhook.sandbox.records import JsonObject

SWITCHES = (
    "latency_ms",  # waits `ms` before the work
    "hold",  # waits before the work until the switches are set anew
    "too_many_requests",  # 429 with `retry_after` seconds
    "error_500_after_ms",  # 500 after `ms`, without the work
    "drop_connection",  # closes without an answer, without the work
    "drop_after_write",  # does the work, then closes without an answer
    "empty_200",  # 200 with an empty body, without the work
    "empty_200_with_key_and_cookie",  # the same, only for an API key beside a session cookie
    "sse_break",  # ends an event stream after so many `events`
    "offline",  # closes every connection without an answer
)
_NUMBERS = ("after", "every", "count", "ms", "retry_after", "events")


@dataclass
class Rule:
    """One switch: when it fires, and what it needs to know when it does."""

    methods: tuple[str, ...] = ()
    path: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    @classmethod
    def parse(cls, name: str, value: object) -> "Rule | None":
        """Read one switch's value; None when it is off. ValueError when it makes no sense."""
        if value is None or value is False:
            return None
        if value is True:
            return cls()
        if isinstance(value, int | float):
            return cls(numbers={"ms": value})
        if not isinstance(value, dict):
            raise ValueError(f"{name}: true, a number or an object is needed")
        unknown = set(value) - {"methods", "path", *_NUMBERS}
        if unknown:
            raise ValueError(f"{name}: unknown {sorted(unknown)}")
        numbers = {key: float(value[key]) for key in _NUMBERS if value.get(key) is not None}
        methods = tuple(str(method).upper() for method in value.get("methods") or ())
        return cls(methods, str(value.get("path") or ""), numbers)

    def number(self, name: str, default: float = 0.0) -> float:
        """Give one of the switch's numbers."""
        return self.numbers.get(name, default)

    def fires(self, method: str, path: str) -> bool:
        """Say whether the switch acts on this request, and count it."""
        if self.methods and method not in self.methods:
            return False
        pattern = self.path if "*" in self.path else f"{self.path}*"
        if self.path and not fnmatchcase(path, pattern):
            return False
        self.seen += 1
        beyond = self.seen - self.number("after")
        if beyond <= 0 or beyond % self.number("every", 1) != 0:
            return False
        if self.fired >= self.number("count", float("inf")):
            return False
        self.fired += 1
        return True


class Faults:
    """The switches in force, and the requests that are held."""

    def __init__(self) -> None:
        # Guards the rules and their counters; notified when rules or held requests change.
        self._changed = threading.Condition()
        self._rules: dict[str, Rule] = {}
        self._given: JsonObject = {}
        self._generation = 0
        self._held = 0
        self._closed = False

    def set(self, switches: JsonObject) -> None:
        """Replace all switches (an empty object clears them) and let held requests go on."""
        unknown = set(switches) - set(SWITCHES)
        if unknown:
            raise ValueError(f"unknown switches {sorted(unknown)}; known: {', '.join(SWITCHES)}")
        rules = {name: Rule.parse(name, value) for name, value in switches.items()}
        with self._changed:
            self._rules = {name: rule for name, rule in rules.items() if rule is not None}
            self._given = switches
            self._generation += 1
            self._changed.notify_all()

    def state(self) -> JsonObject:
        """Give the switches as they were set, and how often each has acted."""
        with self._changed:
            fired = {name: rule.fired for name, rule in self._rules.items()}
            return {"switches": self._given, "fired": fired, "held": self._held}

    def rule(self, name: str, method: str, path: str) -> Rule | None:
        """Give the switch if it acts on this request."""
        if not self._rules:  # the common case costs no lock
            return None
        with self._changed:
            rule = self._rules.get(name)
            return rule if rule is not None and rule.fires(method, path) else None

    def pause(self, seconds: float) -> None:
        """Wait, unless the sandbox stops meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)

    def hold(self) -> None:
        """Wait until the switches are set anew or the sandbox stops."""
        with self._changed:
            generation = self._generation
            self._held += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed or self._generation != generation)
            self._held -= 1

    def wait_held(self, at_least: int, timeout: float) -> int:
        """Wait until so many requests are held, or the time is over; give their number."""
        with self._changed:
            self._changed.wait_for(lambda: self._held >= at_least, timeout)
            return self._held

    def close(self) -> None:
        """Let every waiting request go on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

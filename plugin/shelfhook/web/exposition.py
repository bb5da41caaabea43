"""The text format that Prometheus reads (exposition format 0.0.4).

Ours, since prometheus-client registers collectors of its own in a global registry as soon as it is
imported; all that we need of it is what follows. The tests read it with prometheus-client's parser.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with all its samples: what follows its name, its labels, its value.

    `kind` is `counter`, `gauge` or `histogram`.
    """

    name: str
    kind: str
    about: str
    samples: Sequence[tuple[str, Labels, float]]


def gauge(name: str, about: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    """What goes up and down."""
    return Family(name, "gauge", about, [("", labels, value) for labels, value in samples])


def counter(name: str, about: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    """What only grows, until the process that counts starts again."""
    assert name.endswith("_total")
    return Family(name, "counter", about, [("", labels, value) for labels, value in samples])


def histogram(name: str, about: str, labels: Sequence[str], told: Mapping[str, Any]) -> Family:
    """Durations in seconds, of a `told` as the engine publishes it (see `app.counting`)."""
    bounds = [*told["bounds"], math.inf]
    samples: list[tuple[str, Labels, float]] = []
    for values, total, counts in told["rows"]:
        named = dict(zip(labels, values, strict=True))
        below = 0
        for bound, count in zip(bounds, counts, strict=True):
            below += count
            samples.append(("_bucket", {**named, "le": _number(bound)}, below))
        samples += [("_sum", named, total), ("_count", named, below)]
    return Family(name, "histogram", about, samples)


def render(families: Iterable[Family]) -> bytes:
    """The page; a family without samples is left out."""
    lines = [line for family in families if family.samples for line in _lines(family)]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {_escaped(family.about)}"
    yield f"# TYPE {family.name} {family.kind}"
    for suffix, labels, value in family.samples:
        inside = ",".join(f'{name}="{_quoted(text)}"' for name, text in labels.items())
        shown = f"{{{inside}}}" if inside else ""
        yield f"{family.name}{suffix}{shown} {_number(value)}"


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')

"""Templates of notifications: Jinja2 in its sandbox, over plain values only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jinja2 import TemplateError, UndefinedError

from shelfhook.rules.bounded import Bounded

FAULTS: Final = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
    MemoryError,
)
"""What filling in a template may raise."""
LONGEST: Final = 8_000
"""Characters; phones and chats take no more."""

JOB_TITLE: Final = "{{ job.routine }} {{ job.state }}"
JOB_BODY: Final = (
    "{{ job.library or 'All libraries' }} at {{ job.host }}"
    "{% if job.dry_run %} (dry run){% endif %}:"
    " {{ job.processed }} of {{ job.total if job.total is not none else '?' }} items,"
    " {{ job.counts.changed }} changed, {{ job.counts.failed }} failed."
    "{% if job.counts.planned %} {{ job.counts.planned }} planned.{% endif %}"
    "{% if job.findings %} {{ job.findings }} finding(s).{% endif %}"
    "{% if job.reason %} {{ job.reason }}{% endif %}"
)
DIGEST_TITLE: Final = (
    "Shelfhook: {{ digest.items.changed }} item(s) changed, {{ digest.items.failed }} failed"
)
DIGEST_BODY: Final = (
    "{{ digest.jobs }} job(s)"
    "{% if digest.states.failed %}, {{ digest.states.failed }} of them failed{% endif %}"
    "{% if digest.states.cancelled %}, {{ digest.states.cancelled }} cancelled{% endif %}."
    "\n{{ digest.items.changed }} changed, {{ digest.items.unchanged }} unchanged,"
    " {{ digest.items.planned }} planned, {{ digest.items.skipped }} skipped,"
    " {{ digest.items.failed }} failed."
    "{% for reason, count in digest.job_reasons %}\nJob failed ({{ count }} times): {{ reason }}"
    "{% endfor %}"
    "{% for reason, count in digest.item_reasons %}\nItem failed ({{ count }} times): {{ reason }}"
    "{% endfor %}"
    "{% for one in digest.findings[:10] %}\nFound: {{ one.code }} ({{ one.severity }}),"
    " {{ one.count }} times{% endfor %}"
    "{% if digest.quarantined %}\nIn quarantine: {{ digest.quarantined }} item(s).{% endif %}"
    "{% for name, count in digest.missed %}\nMissed: {{ name }}, {{ count }} times{% endfor %}"
)

COUNTS: Final = dict.fromkeys(
    ("changed", "unchanged", "planned", "skipped", "failed", "cancelled"), 0
)
SAMPLE_JOB: Final[Mapping[str, Any]] = {
    "event": "finished",
    "job": {
        "id": "00000000-0000-4000-8000-000000000000",
        "routine": "nightly",
        "host": "komga",
        "library": "Comics",
        "trigger": "schedule",
        "state": "completed",
        "dry_run": False,
        "reason": "",
        "counts": {**COUNTS, "changed": 3},
        "processed": 3,
        "total": 3,
        "findings": 0,
        "seconds": 12.5,
    },
}
"""What a template about a job is tried with; its names are all that there are."""
SAMPLE_DIGEST: Final[Mapping[str, Any]] = {
    "event": "digest",
    "digest": {
        "since": 1_700_000_000.0,
        "until": 1_700_086_400.0,
        "jobs": 2,
        "states": {"completed": 1, "failed": 1, "cancelled": 0},
        "routines": {"nightly": 2},
        "items": {**COUNTS, "changed": 3},
        "job_reasons": [["the host is down", 1]],
        "item_reasons": [["timed out", 1]],
        "findings": [{"code": "audit.page", "severity": "error", "count": 1}],
        "quarantined": 1,
        "missed": [["nightly", 1]],
    },
}
"""What a template of a digest is tried with."""


def fault(template: str, sample: Mapping[str, Any]) -> str:
    """What is wrong with a template, tried with a sample; "" if nothing is."""
    try:
        rendered(template, sample)
    except UndefinedError as error:
        known = ", ".join(f"{name}.{key}" for name, key in _names(sample))
        return f"{error.message}; there are event, {known}"
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        return f"not a template{where}: {error.message}; see docs/notifications.md"
    except FAULTS as error:
        return f"cannot be filled in: {error}; see docs/notifications.md"
    return ""


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """The text of a template.

    Raises:
        FAULTS: it cannot be made.
    """
    text = ""
    pieces: Iterator[str] = Bounded().template(template).generate(values)
    for piece in pieces:
        text += piece
        if len(text) > LONGEST:
            return text[: LONGEST - 1] + "…"
    return text


def _names(sample: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, key) for name, value in sample.items() if isinstance(value, dict) for key in value
    ]

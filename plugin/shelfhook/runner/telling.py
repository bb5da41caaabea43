"""Whose work a thread does, for its log lines.

Context variables: each thread has values of its own, so nothing here is shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

JOB: ContextVar[str] = ContextVar("job", default="")
"""First 8 characters of the job's id, in its orchestrator."""
ITEM: ContextVar[str] = ContextVar("item", default="")
"""The host's id of the item that a worker has in hand, or had last: it ends with the job."""


@contextmanager
def of_job(short: str) -> Iterator[None]:
    """What is logged within belongs to this job."""
    token = JOB.set(short)
    try:
        yield
    finally:
        JOB.reset(token)

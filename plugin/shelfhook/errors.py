"""What can go wrong, named by its consequence rather than by its cause.

A worker, the runner and the web layer decide by these classes alone what happens next: try again,
record and go on, skip, stop. Nothing else in the code base inspects an exception's text.
"""

from __future__ import annotations


class ShelfhookError(Exception):
    """Base of every error that Shelfhook raises on purpose."""


class Transient(ShelfhookError):  # noqa: N818 - named by its consequence, as the design page does
    """It may work later: try again after a pause.

    Args:
        message: what happened, in plain words.
        retry_after: seconds the other side asked us to wait, if it said so.
        overload: the other side says that it has too much to do; the limit is halved.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, overload: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.overload = overload


class HostDown(Transient):
    """The host cannot be reached at all: its jobs pause, no item fails."""


class Permanent(ShelfhookError):  # noqa: N818 - see Transient
    """Trying again cannot help: the item is recorded as failed and the next one begins."""


class Refused(Permanent):
    """The host refused us: wrong key, or rights that are missing."""


class Gone(ShelfhookError):  # noqa: N818 - see Transient
    """The item vanished between listing and running: it is skipped."""


class ItemChanged(ShelfhookError):  # noqa: N818 - see Transient
    """The item is not as it was shown, or as we left it: it is left alone and skipped."""


class Cancelled(ShelfhookError):  # noqa: N818 - see Transient
    """Somebody wished the job to stop."""


class SelfSubmission(ShelfhookError):  # noqa: N818 - the deadlock's name
    """Work was submitted into the pool that the submitting job waits for.

    With every worker waiting so, nothing would ever run again; hence an error at once.
    """


class ConfigurationError(ShelfhookError):
    """The settings are wrong; `faults` holds one message per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Unknown(ShelfhookError):  # noqa: N818 - see Transient
    """Something was named that does not exist (a routine, a library, a job, a host)."""

    def __init__(self, what: str, name: str, known: list[str] | None = None) -> None:
        hint = f"; known: {', '.join(known)}" if known else ""
        super().__init__(f"unknown {what} {name!r}{hint}")
        self.what = what
        self.name = name


class Conflict(ShelfhookError):  # noqa: N818 - see Transient
    """The wish contradicts the present state, for instance cancelling a finished job."""


class NothingPlanned(Conflict):
    """A dry run shall be applied, but there is nothing in it: what was wanted is so already.

    Args:
        job: id of the dry run.
    """

    def __init__(self, job: str) -> None:
        super().__init__("the dry run has planned nothing; there is nothing to apply")
        self.job = job


class StoreUnavailable(ShelfhookError):  # noqa: N818 - see Transient
    """The database cannot be reached or written; nothing was accepted."""


class LeaseLost(ShelfhookError):  # noqa: N818 - see Transient
    """Another engine holds the lease."""

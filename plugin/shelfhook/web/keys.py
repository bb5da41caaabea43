"""`Idempotency-Key`: a call sent twice with the same key is one call.

The key becomes the delivery of the call's event, which the store takes in once. It is kept as long
as the event is.
"""

from __future__ import annotations

from typing import Final, NoReturn

from flask import request

from shelfhook.model import EventKind, Job, JobRequest, NewEvent, Trigger
from shelfhook.store.inbox import event_id
from shelfhook.web.context import Web
from shelfhook.web.problems import Problem
from shelfhook.web.texts import fault

HEADER: Final = "Idempotency-Key"


def given() -> str:
    """The request's key; "" for none."""
    key = request.headers.get(HEADER, "")
    if wrong := fault(key):
        raise Problem(400, wrong, field=HEADER)
    return key


def delivery(key: str) -> str:
    """What a call with this key is known by; "" lets one be made up.

    Senders of webhooks choose their ids freely; a key must never meet one.
    """
    return f"key:{key}" if key else ""


def refuse(key: str) -> None:
    """Refuse a key that has made another call; without a key there is nothing to refuse."""
    if key:
        _refuse()


def refuse_elsewhere(web: Web, key: str, host: str) -> None:
    """Refuse a key that has called a routine of another host: the store keeps keys by host."""
    if not key:
        return
    for name in web.context.settings.hosts:
        event = NewEvent(name, EventKind.ROUTINE_CALLED, delivery(key))
        if name != host and web.store.inbox.get(event_id(event)) is not None:
            _refuse()


def same(job: Job, wanted: JobRequest) -> bool:
    """Whether a job is what a call asks for.

    Not the priority: a job that waits takes a more urgent call in, and keeps the higher one.
    """
    of_job = (job.routine, job.library, job.dry_run, job.everything, job.parent, set(job.items))
    return of_job == (
        wanted.routine,
        wanted.library,
        wanted.dry_run,
        wanted.everything,
        wanted.parent,
        set(wanted.items),
    )


def tells(web: Web, job: Job, wanted: JobRequest) -> bool:
    """Whether a job has the callbacks that a call names."""
    if not wanted.callbacks:
        return True
    return set(wanted.callbacks) <= set(web.store.outgoing.callbacks([job.num]).get(job.num, ()))


def follows(job: Job, parent: Job, trigger: Trigger, *, dry_run: bool) -> bool:
    """Whether a job is the one that a retry, an undo or an apply of `parent` asks for."""
    if trigger is Trigger.RETRY:
        dry_run = parent.dry_run
    if trigger is Trigger.APPLY and parent.trigger is Trigger.UNDO:  # the undo itself, see `Calls`
        return (job.parent, job.trigger, job.dry_run) == (parent.parent, Trigger.UNDO, False)
    return (job.parent, job.trigger, job.dry_run) == (parent.id, trigger, dry_run)


def _refuse() -> NoReturn:
    raise Problem(422, "this key was used for another call; take a new one", field=HEADER)

"""Whom Shelfhook tells what, how that went, and a test."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from flask import Blueprint
from pydantic import Field

from shelfhook.notify import MISSING, installed
from shelfhook.settings import NotificationSettings
from shelfhook.store.outgoing import Channel, Delivery, DeliveryState
from shelfhook.store.outgoing_operations import Message
from shelfhook.web import shapes
from shelfhook.web.bodies import Nothing, Query, body_as, query_as
from shelfhook.web.context import current
from shelfhook.web.jobs import LAST, Limit, find, next_page
from shelfhook.web.lean import Answer, answer
from shelfhook.web.problems import Problem
from shelfhook.web.texts import Text

blueprint = Blueprint("notifications", __name__, url_prefix=shapes.API)

TEST = "test"


class OutgoingQuery(Query):
    """Which messages to show; `before` is the cursor of the last page."""

    before: Annotated[int, Field(ge=1, le=LAST)] | None = None
    limit: Limit = 50
    state: DeliveryState | None = None
    job: Text = ""


@blueprint.get("/notifications")
def notifications() -> Answer:
    """The notifications: what they listen to, and how the last attempt ended at each URL."""
    query_as(Query)
    web = current()
    found = web.context.settings.notifications
    last = web.store.outgoing.latest([one for each in found.values() for one in each.receivers])
    return answer({"notifications": [_notification(one, last) for one in found.values()]})


@blueprint.post("/notifications/<notification>/test")
def test(notification: str) -> Answer:
    """Have the engine send a test to each URL; `/api/outgoing` shows how that goes."""
    body_as(Nothing)
    web = current()
    one = web.context.settings.notification(notification)
    if not installed():
        raise Problem(409, MISSING)
    now = web.clock.now()
    ids = web.store.outgoing.put([_test(receiver, now) for receiver in one.receivers])
    return answer({"outgoing": ids}, 202)


@blueprint.get("/outgoing")
def outgoing() -> Answer:
    """Callbacks and notifications, newest first, with what has become of each."""
    query = query_as(OutgoingQuery)
    web = current()
    found = web.store.outgoing.page(
        before=query.before,
        limit=query.limit + 1,
        state=query.state or "",
        job_num=find(query.job).num if query.job else None,
    )
    shown, more = found[: query.limit], len(found) > query.limit
    return answer(
        {
            "outgoing": [_shown(one) for one in shown],
            "next": next_page("before", shown[-1].id) if more else None,
        }
    )


def _test(receiver: str, now: float) -> Message:
    message = f"msg_{uuid4().hex}"
    channel = Channel.NOTIFICATION
    return Message(None, channel, receiver, receiver, TEST, message, "", 0, now, now)


def _notification(one: NotificationSettings, last: dict[str, Delivery]) -> dict[str, Any]:
    digest = "digest" in one.on
    return {
        "name": one.name,
        "on": one.on,
        "routines": one.routines,
        "digest_at": one.digest_at if digest else None,
        "timezone": one.timezone if digest else None,
        "receivers": [
            {"receiver": receiver, "last": _shown(last[receiver]) if receiver in last else None}
            for receiver in one.receivers
        ],
    }


def _shown(one: Delivery) -> dict[str, Any]:
    """A message without its text; of a URL not what follows the ?, which may be a key."""
    return {
        "id": one.id,
        "job": one.job or None,
        "channel": one.channel,
        "target": one.target.partition("?")[0],
        "kind": one.kind,
        "message": one.message,
        "state": one.state,
        "attempts": one.attempts,
        "made_at": shapes.moment(one.made_at),
        "due_at": shapes.moment(one.due_at) if one.state is DeliveryState.PENDING else None,
        "settled_at": shapes.moment(one.settled_at),
        "note": one.note,
    }

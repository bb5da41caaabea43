"""Examples of answers about records, messages, people and tokens."""

from __future__ import annotations

from typing import Final

from shelfhook.web.api.examples import JOB, LATER, SEEN

SAMPLE: Final = {"at": LATER, "done": 50, "failed": 0, "limit": 4}
LINE: Final = {
    "id": 1,
    "at": SEEN,
    "level": "info",
    "kind": "begun",
    "message": "begun",
    "count": 1,
}
REJECTION: Final = {
    "id": 1,
    "at": SEEN,
    "last_at": LATER,
    "host": "komga",
    "status": 401,
    "reason": "the token is wrong",
    "address": "192.168.1.7",
    "agent": "Mylar/0.8",
    "count": 3,
}
OUTGOING: Final = {
    "id": 7,
    "job": JOB,
    "channel": "notification",
    "target": "phone/1",
    "kind": "failed",
    "message": "msg_0c1d2e3f",
    "state": "delivered",
    "attempts": 1,
    "made_at": SEEN,
    "due_at": None,
    "settled_at": LATER,
    "note": "",
}
NOTIFICATION: Final = {
    "name": "phone",
    "on": ["failed", "findings"],
    "routines": ["*"],
    "digest_at": None,
    "timezone": None,
    "receivers": [{"receiver": "phone/1", "last": OUTGOING}],
}
ME: Final = {
    "name": "anna",
    "role": "operator",
    "via": "session",
    "scopes": None,
    "csrf_token": "0f1e2d3c4b5a",
}
PERSON: Final = {
    "name": "anna",
    "role": "operator",
    "has_password": True,
    "created_at": SEEN,
    "signed_in_at": LATER,
}
TOKEN: Final = {
    "id": "a1b2c3d4e5f6",
    "name": "nightly script",
    "role": "operator",
    "scopes": ["jobs"],
    "live": True,
    "created_by": "anna",
    "created_at": SEEN,
    "last_used_at": None,
    "expires_at": None,
    "revoked_at": None,
}

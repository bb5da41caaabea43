"""ETags: who holds the present state already is told so with 304, without the document again.

Only where it saves work. Lists and what is made of the clock (health, hosts, schedules) change with
every look. There is no `If-Match`: what a request may do to a job depends on the job's state, and
the store decides that in the same transaction, whatever the client has seen before.
"""

from __future__ import annotations

import hashlib

from flask import request

from shelfhook.web.lean import Answer


def conditional(made: Answer, tag: str, *, weak: bool = False) -> Answer:
    """The answer with its ETag; 304 and nothing else if the client's `If-None-Match` names it.

    Args:
        tag: letters, digits and hyphens.
        weak: whether details may differ while the tag stays, such as a rate.
    """
    made.headers["ETag"] = f'W/"{tag}"' if weak else f'"{tag}"'
    # Most ask without one, and reading it costs more than all the rest of this.
    if "HTTP_IF_NONE_MATCH" not in request.environ:
        return made
    if not request.if_none_match.contains_weak(tag):
        return made
    made.status_code = 304
    made.set_data(b"")
    for name in ("Content-Type", "Content-Length"):
        del made.headers[name]
    return made


def by_content(made: Answer) -> Answer:
    """As `conditional`, with a digest of the body as the tag."""
    return conditional(made, hashlib.sha256(made.get_data()).hexdigest()[:32])

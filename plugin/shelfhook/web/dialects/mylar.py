"""Mylar3: it has no webhook of its own (mylar3#1811), but posts to chat servers.

What `notifiers.py` sends: `{"text": …}` to Mattermost and Slack, `{"title", "message"}` to Gotify,
`{"username": "Mylar", "content": …}` to Discord. None of these names a library or a folder.
"""

from __future__ import annotations

from collections.abc import Sequence

from shelfhook.web.dialects.heard import Dialect, Document, Heard, text

TEST = "release the ninjas!"
FINISHED = ("post-processed", "postprocessed")
"""The words of a file that has come to its place; what was only snatched is not there yet."""


def fits(document: Document) -> bool:
    """Whether it is a chat message of Mylar's."""
    said = _said(document)
    return said == TEST or "mylar" in said or "snatched" in said


def read(document: Document) -> Sequence[Heard]:
    """A scan of a library that only the URL can tell."""
    said = _said(document)
    return [Heard()] if any(word in said for word in FINISHED) else []


def _said(document: Document) -> str:
    return text(document, "text", "content", "message").lower()


MYLAR = Dialect("Mylar3", fits, read, status=200)
"""Its notifiers take every status but 200 for a failure, and say so in Mylar's log."""

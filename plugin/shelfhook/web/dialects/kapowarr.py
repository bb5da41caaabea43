"""Kapowarr's webhook: like Sonarr's, with a `volume` and a `file`.

The body is that of `notification_providers/webhook.py` in Kapowarr's development branch.
"""

from __future__ import annotations

from collections.abc import Sequence

from shelfhook.web.dialects.heard import Dialect, Document, Heard, text

NOTHING_DONE = frozenset({"test", "volumeadd", "applicationupdate"})


def fits(document: Document) -> bool:
    """Whether Kapowarr sent it; without a volume it is told by the name alone."""
    named = text(document, "instanceName").lower() == "kapowarr"
    return bool(text(document, "eventType")) and (named or "volume" in document)


def read(document: Document) -> Sequence[Heard]:
    """A scan of the library in which the file, or else the volume's folder, lies."""
    if text(document, "eventType").lower() in NOTHING_DONE:
        return []
    for field in ("file", "volume"):
        if path := text(document.get(field), "path"):
            return [Heard(path=path, field=f"{field}.path")]
    return [Heard(field="volume.path")]


KAPOWARR = Dialect("Kapowarr", fits, read)

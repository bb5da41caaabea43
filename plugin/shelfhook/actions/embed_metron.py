"""Whether a file's MetronInfo.xml has to be written anew beside its ComicInfo.xml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shelfhook.archives import embedding
from shelfhook.archives.metroninfo import State
from shelfhook.model import Finding, Severity
from shelfhook.ports import Planned

KEY = "metroninfo"
"""Where it stands in a change of a file."""
MADE = "made from ComicInfo.xml"
_FOUND = {State.MISSING: "none", State.OUTDATED: "made from an older ComicInfo.xml"}
_TOLD = {
    State.FOREIGN: Finding(
        "embed.metroninfo-foreign",
        Severity.INFO,
        "the file has a MetronInfo.xml that somebody else has made or edited; it is left alone",
        "None, if it is good. Remove it from the file to have one made from ComicInfo.xml.",
        place="MetronInfo.xml",
    ),
    State.IMPOSSIBLE: Finding(
        "embed.metroninfo-no-series",
        Severity.INFO,
        "the file gets no MetronInfo.xml, which must name the series: its ComicInfo.xml does not",
        "Let embed write the element Series, too, and give the book a series at the host.",
        place="MetronInfo.xml",
    ),
}


def look(path: Path, wanted: Mapping[str, str]) -> tuple[str, list[Planned]]:
    """What stands in the place of the document that has to be written; "" if none has to.

    Args:
        wanted: what is written into the file's ComicInfo.xml.

    Returns:
        with it, what was found.
    """
    state = embedding.metron_state(path, wanted)
    return _FOUND.get(state, ""), [_TOLD[state]] if state in _TOLD else []

"""MetronInfo.xml (version 1.1), translated from a ComicInfo.xml by comicbox.

A document of ours ends with a comment that tells of which ComicInfo.xml it was made, and what it
was when it was made. So it is known without translating anything whether it is still up to date,
and one that anybody else has made or edited is left alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from shelfhook.archives import comicinfo
from shelfhook.archives.comicinfo_layout import layout
from shelfhook.errors import Permanent

if TYPE_CHECKING:
    from comicbox.config.settings import ComicboxSettings

MODULE = "comicbox"
_MARK = re.compile(
    rb"\n<!-- Made by Shelfhook from ComicInfo\.xml ([0-9a-f]{16}); unedited ([0-9a-f]{16}) -->\n"
)


class State(StrEnum):
    """How a MetronInfo.xml stands to the ComicInfo.xml beside it."""

    CURRENT = "current"
    MISSING = "missing"
    OUTDATED = "outdated"
    """Ours, of a ComicInfo.xml that said something else."""
    FOREIGN = "foreign"
    """Not ours, or edited since."""
    IMPOSSIBLE = "impossible"
    """The ComicInfo.xml names no series, without which there is no MetronInfo.xml."""


def check_ready() -> None:
    """Check that documents can be translated.

    Raises:
        Permanent: comicbox is not installed; the message says how to install it.
    """
    if importlib.util.find_spec(MODULE) is None:
        raise Permanent(
            f"writing MetronInfo.xml needs the module {MODULE}; "
            "install it with: pip install 'shelfhook[comicbox]'"
        )


def state(document: bytes | None, comic_info: bytes) -> State:
    """How a document (None if there is none) stands to a ComicInfo.xml. Translates nothing."""
    if document is not None and document.strip():
        mark = _MARK.search(document)
        body = document[: mark.start()] if mark else b""
        if mark is None or mark.end() != len(document) or mark[2] != _digest(body):
            return State.FOREIGN
        if mark[1] == _digest(comic_info):
            return State.CURRENT
    if not comicinfo.read(comic_info).get("Series"):
        return State.IMPOSSIBLE
    return State.OUTDATED if document else State.MISSING


def translated(comic_info: bytes) -> bytes:
    """The document that says what a ComicInfo.xml says, as far as it has elements for it.

    Always the same for the same ComicInfo.xml and version of comicbox. Takes some 20 ms; the first
    one of a process half a second more.

    Raises:
        Permanent: comicbox is not installed, or cannot translate it.
    """
    check_ready()
    body = _translate(_plain(comic_info)).rstrip().encode()
    told = b"from ComicInfo.xml " + _digest(comic_info) + b"; unedited " + _digest(body)
    return body + b"\n<!-- Made by Shelfhook " + told + b" -->\n"


def _plain(comic_info: bytes) -> str:
    """The document without what comicbox 5.4 makes nothing, or something invalid, of."""
    says = comicinfo.read(comic_info)
    wanted = {"LanguageISO": says.get("LanguageISO", "").partition("-")[0]}  # it knows no regions
    if not says.get("Count", "1").strip("0"):
        wanted["Count"] = ""
    return layout(comicinfo.merge(comic_info, wanted)).body.decode()


def _translate(comic_info: str) -> str:
    from comicbox.box import Comicbox
    from comicbox.exceptions import ComicboxError
    from comicbox.formats import MetadataFormats
    from loguru import logger

    logger.disable(MODULE)  # it would write to standard error what it makes nothing of
    try:
        with Comicbox(config=_settings()) as box:
            box.add_metadata(comic_info, MetadataFormats.COMIC_INFO)
            return str(box.to_string(MetadataFormats.METRON_INFO))
    except (ComicboxError, ValueError, KeyError, TypeError) as error:
        raise Permanent(
            f"comicbox cannot make MetronInfo.xml of the file's ComicInfo.xml: {error}"
        ) from error


def _settings() -> ComicboxSettings:
    """Comicbox's own defaults: what a user has set up for its command line is not meant for us."""
    from comicbox.config import get_config
    from comicbox.config.settings import ComputeSettings, GeneralSettings, WriteSettings

    found = get_config({MODULE: {"read": {"formats": ["comicinfo"], "except": []}}})
    return replace(
        found, general=GeneralSettings(), compute=ComputeSettings(), write=WriteSettings()
    )


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:16].encode()

"""Every kind of finding of the audit: its code, how bad it is, what it means and what helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from shelfhook.archives.faults import Fault
from shelfhook.model import Finding, Severity

MOST = 50
"""Findings of one book; a last one tells how many more there are."""

MORE = "audit.more"
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding.

    Attributes:
        message: what is wrong; the particulars follow it in brackets.
        remedy: what a person can do about it.
    """

    severity: Severity
    message: str
    remedy: str


def _error(message: str, remedy: str) -> Kind:
    return Kind(Severity.ERROR, message, remedy)


def _warning(message: str, remedy: str) -> Kind:
    return Kind(Severity.WARNING, message, remedy)


def _info(message: str, remedy: str) -> Kind:
    return Kind(Severity.INFO, message, remedy)


_AGAIN = "Get the file again from its source, or restore it from a backup."
_DISTRUST = "Do not unpack it, and get the file again from a source that you trust."
_PACK = "Pack the pages into a new CBZ."
_REPAIR = "Repair ComicInfo.xml, or remove it from the archive and write it anew with embed."
_VALUE = "Correct the value at the server, and write it into the file with the action embed."
_LIMIT = "If the book is right as it is, raise the limit in the parameters of the audit."

KINDS: Mapping[str, Kind] = {
    "archive.unreadable": _error(
        "The file cannot be read", "Check the file's permissions and the disk it lies on."
    ),
    "archive.empty": _error("The file is empty", _AGAIN),
    "archive.blank": _error("The file holds nothing but zero bytes", _AGAIN),
    "archive.not-an-archive": _error("The file is no book", _AGAIN),
    "archive.truncated": _error("A part of the file is missing", _AGAIN),
    "archive.damaged": _error("The archive is damaged", _AGAIN),
    "archive.not-unpacked": _error("The archive cannot be unpacked", _AGAIN),
    "archive.header": _error("An entry and the archive's directory contradict each other", _AGAIN),
    "archive.entry": _error("An entry cannot be unpacked", _AGAIN),
    "archive.crc": _error("The checksum of an entry is wrong: its content has changed", _AGAIN),
    "archive.size": _error("An entry has another size than it declares", _AGAIN),
    "archive.encrypted": _error(
        "An entry is encrypted", "Unpack it with the password, and pack it without one."
    ),
    "archive.bomb": _error(
        "The archive would unpack to absurdly much, so it was not read", f"{_DISTRUST} {_LIMIT}"
    ),
    "archive.overlap": _error("Entries share the same bytes, so they were not read", _DISTRUST),
    "archive.too-large": _error("The archive is too large, so it was not read", _LIMIT),
    "archive.entries": _error("The archive has too many entries, so it was not read", _LIMIT),
    "archive.path": _error("An entry would be unpacked outside its folder", _DISTRUST),
    "archive.link": _warning("An entry is not a file but a link or a device", _PACK),
    "archive.name": _warning("An entry has a name that programs stumble over", _PACK),
    "archive.duplicate": _warning("Two entries have the same name", _PACK),
    "archive.case": _warning("The names of two entries differ in capitals only", _PACK),
    "archive.method": _warning(
        "An entry is packed in a way that few programs know, so it was not examined", _PACK
    ),
    "archive.nested": _warning("An archive lies in the archive", "Unpack it, and pack its pages."),
    "archive.extension": _warning(
        "The file's extension does not fit its content",
        "Rename the file, or make it a CBZ with the action convert.",
    ),
    "archive.leading": _warning("Something stands before the archive's beginning", _PACK),
    "archive.trailing": _info("Something stands behind the archive's end", _PACK),
    "archive.junk": _info("An entry was left there by an operating system", "It may be deleted."),
    "archive.foreign": _info("An entry is neither page nor metadata", "It may be deleted."),
    "archive.not-examined": _info(
        "The archive was not examined inside",
        "Make it a CBZ with the action convert, or install what the message names.",
    ),
    "page.none": _error("The archive has no pages", _AGAIN),
    "page.undecodable": _error("A page cannot be decoded", _AGAIN),
    "page.too-large": _error("A page has too many pixels, so it was not decoded", _LIMIT),
    "page.count": _warning(
        "The server counts other pages than the file has",
        "Have the server analyze the book, for instance with the action analyze.",
    ),
    "page.format-unknown": _info(
        "A page was not decoded, since there is no decoder for its format here",
        "Install Pillow's plugin for the format where Shelfhook runs.",
    ),
    "page.extension": _info(
        "A page's extension does not fit its content", "Rename the page; most readers do not mind."
    ),
    "comicinfo.missing": _warning("There is no ComicInfo.xml", "Write one with the action embed."),
    "comicinfo.malformed": _error("ComicInfo.xml is not well-formed", _REPAIR),
    "comicinfo.doctype": _error(
        "ComicInfo.xml has a DOCTYPE, as attacks do, so it was not read", _REPAIR
    ),
    "comicinfo.too-large": _error("ComicInfo.xml is too large, so it was not read", _REPAIR),
    "comicinfo.root": _error("ComicInfo.xml holds something else", _REPAIR),
    "comicinfo.place": _warning(
        "ComicInfo.xml is not where servers look for it",
        "Move it to the root of the archive, named exactly ComicInfo.xml.",
    ),
    "comicinfo.repeated": _warning("An element of ComicInfo.xml stands there twice", _REPAIR),
    "comicinfo.choice": _warning("ComicInfo.xml has a word that its schema does not know", _VALUE),
    "comicinfo.value": _warning("ComicInfo.xml has a value that makes no sense", _VALUE),
    "comicinfo.date": _warning("ComicInfo.xml has a date that does not exist", _VALUE),
    "comicinfo.page-count": _warning("ComicInfo.xml counts other pages than there are", _REPAIR),
    "comicinfo.pages": _warning("ComicInfo.xml lists pages that do not fit the archive", _REPAIR),
    "host.status": _error(
        "The server cannot use the book", "See the server's own message about the book."
    ),
    "metadata.missing": _warning(
        "A field that you require is empty", "Fill it in, for instance with the action normalize."
    ),
    "metadata.stem": _info(
        "The title is the file's name", "Give it a title, for instance with the action normalize."
    ),
    "metadata.differs": _info(
        "The server and ComicInfo.xml disagree",
        "Write the server's metadata into the file with the action embed, or refresh the book.",
    ),
    MORE: _info("There are more findings", "Mend what is listed, and audit again."),
}
"""All kinds by their codes."""

GROUPS = tuple(dict.fromkeys(code.partition(".")[0] for code in KINDS))
"""What stands before the dot of a code."""


def findings(
    faults: Iterable[Fault], counted: Mapping[str, int], ignored: Iterable[str]
) -> list[Finding]:
    """What is to be reported, the worst first, and never more than `MOST`.

    Args:
        counted: how many more faults of each code there are that are not among `faults`.
        ignored: codes to leave out; `*` and `?` stand for any characters, for any one.
    """
    patterns = tuple(ignored)
    kept = [fault for fault in faults if not is_ignored(fault.code, patterns)]
    kept.sort(key=lambda fault: _RANK[KINDS[fault.code].severity])
    more = sum(count for code, count in counted.items() if not is_ignored(code, patterns))
    if len(kept) + bool(more) > MOST:
        more += len(kept) - (MOST - 1)
        del kept[MOST - 1 :]
    found = [_finding(fault) for fault in kept]
    return [*found, _finding(Fault(MORE, detail=f"{more} more"))] if more else found


def is_ignored(code: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns fits the code."""
    return any(fnmatchcase(code, pattern) for pattern in patterns)


def at_least(findings: Iterable[Finding], severity: Severity) -> bool:
    """Whether one of the findings is as bad as that, or worse."""
    return any(_RANK[finding.severity] <= _RANK[severity] for finding in findings)


def _finding(fault: Fault) -> Finding:
    kind = KINDS[fault.code]
    message = f"{kind.message} ({fault.detail})." if fault.detail else f"{kind.message}."
    return Finding(fault.code, kind.severity, message, kind.remedy, fault.place)

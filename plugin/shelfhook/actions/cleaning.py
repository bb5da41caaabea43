"""Takes out of a title what scanners and release groups put behind it.

Only brackets at the very end go, and only those that say nothing of the work: a known word such as
"(Digital)" or "[c2c]", and a group's name after one. In doubt a bracket stays.
"""

from __future__ import annotations

import re

from shelfhook.actions import languages

_CLOSERS = {")": "(", "]": "[", "}": "{"}
_TELLING = frozenset(
    {"digital", "c2c", "scan", "scans", "scanned", "rescan", "webrip", "webdl", "hd", "uhd"}
    | {"fixed", "fix", "noads", "repack", "retail"}
)
"""One of these makes a bracket a scanner's."""
_BESIDE = frozenset({"web", "rip", "dl", "no", "ads", "dpi"})
"""These may stand beside a telling word."""
_FUSED = frozenset({"digital", "c2c", "webrip"})
"""With a group's name behind a hyphen: "(Digital-Empire)"."""
_SIZE = re.compile(r"[0-9]{3,4}(?:p|px|dpi)?")
_OF_THE_WORK = frozenset(
    {"annual", "special", "omnibus", "edition", "deluxe", "variant", "cover", "covers", "extended"}
    | {"collected", "collection", "complete", "incomplete", "tpb", "ogn", "hc", "sc", "gn", "fcbd"}
    | {"one", "shot", "oneshot", "preview", "director", "directors", "cut", "anniversary", "final"}
    | {"remastered", "restored", "colour", "color", "coloured", "colored", "bw", "uncensored"}
    | {"censored", "vol", "volume", "book", "part", "chapter", "issue", "manga", "webtoon"}
)
"""A bracket with one of these says something of the work, wherever it stands."""
LONGEST_GROUP = 40


def clean(title: str) -> str:
    """The title without scanners' brackets; the title itself if nothing would be left.

    Cleaning twice is cleaning once.
    """
    head, brackets = _split(title)
    kept: list[str] = []
    seen = False
    for bracket in brackets:
        inner = bracket.strip()[1:-1].strip()
        if _is_scanners(inner):
            seen = True
        elif not (seen and _is_group(inner)):
            kept.append(bracket)
    if not head.strip() or not seen:
        return title
    return "".join([head, *kept])


def spaced(title: str) -> str:
    """With spaces for underscores, where these stand for all spaces."""
    return title if " " in title else title.replace("_", " ")


def _split(title: str) -> tuple[str, list[str]]:
    """What stands before the brackets at the end, and these, each with the white space before."""
    head, brackets = title.rstrip(), list[str]()
    while head and head[-1] in _CLOSERS:
        start = max(head.rfind(opener) for opener in _CLOSERS.values())
        inner = head[start + 1 : -1]
        if start < 0 or head[start] != _CLOSERS[head[-1]] or set(inner) & _CLOSERS.keys():
            break
        before = head[:start].rstrip()
        brackets.insert(0, head[len(before) :])
        head = before
    return head, brackets


def _words(inner: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", inner.casefold()) if word]


def _is_scanners(inner: str) -> bool:
    words = _words(inner)
    if "".join(words) in _TELLING:  # "Web-Rip", "no ads"
        return True
    if words and words[0] in _FUSED and " " not in inner and "-" in inner and _is_group(inner):
        return True
    known = all(word in _TELLING or word in _BESIDE or _SIZE.fullmatch(word) for word in words)
    return known and not _TELLING.isdisjoint(words)


def _is_group(inner: str) -> bool:
    """Whether this may be a group's name: one word, or several with a hyphen in the last."""
    words = inner.split()
    if not words or len(inner) > LONGEST_GROUP or not any(one.isalpha() for one in inner):
        return False
    if not _OF_THE_WORK.isdisjoint(_words(inner)) or languages.tag(inner) is not None:
        return False
    return len(words) == 1 or "-" in words[-1]

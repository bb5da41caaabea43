"""Where a media server's folders lie on this machine: proposed, asked for, tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from shelfhook.cli import asking, terminal
from shelfhook.errors import ConfigurationError
from shelfhook.model import Library


def given(pairs: Iterable[str]) -> dict[str, str]:
    """The mappings of the options, each `THEIRS=OURS`.

    Raises:
        ConfigurationError: one is written otherwise, or there is no such folder here.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        theirs, separator, ours = pair.partition("=")
        if not (separator and theirs and ours):
            raise ConfigurationError([f"--path: {pair!r} is no pair; write /books=/mnt/books"])
        if not Path(ours).is_dir():
            raise ConfigurationError([f"--path: there is no folder {ours} on this machine"])
        found[theirs] = str(Path(ours).absolute())
    return found


def ask(libraries: Sequence[Library], found: Mapping[str, str]) -> dict[str, str]:
    """The mappings, with what somebody at the terminal says of the libraries' folders.

    A folder that exists here under the same path is proposed, or one beside what was said before.
    """
    paths = dict(found)
    roots = [one for one in libraries if one.root and not _covered(one.root, paths)]
    if not roots or not asking.interactive():
        return paths
    terminal.talk().print(
        "Actions on files need to know where the server's folders lie on this machine."
        " Answer - where they do not.",
        soft_wrap=True,
    )
    for library in roots:
        if not _covered(library.root, paths) and (ours := _ask_for(library, paths)):
            paths[library.root] = ours
    return paths


def _ask_for(library: Library, paths: Mapping[str, str]) -> str:
    question = f"Where is {library.root} ({library.name}) on this machine?"
    while True:
        answer = asking.maybe(question, default=_proposal(library.root, paths)).strip()
        if not answer or answer == "-":
            return ""
        folder = Path(answer).expanduser()
        if folder.is_dir():
            return str(folder.absolute())
        terminal.complain(f"there is no folder {folder} here; give another one, or - for none")


def _proposal(root: str, paths: Mapping[str, str]) -> str:
    """A folder of this machine that is likely to be the server's; "" if none is."""
    for theirs, ours in paths.items():
        beside = _beside(root, theirs, ours)
        if beside and Path(beside).is_dir():
            return beside
    return root if Path(root).is_dir() and Path(root).is_absolute() else ""


def _beside(root: str, theirs: str, ours: str) -> str:
    """`/mnt/books/manga` for `/books/manga`, where `/books/comics` is `/mnt/books/comics`."""
    them, us = PurePosixPath(theirs), PurePosixPath(ours)
    while them.name and them.name == us.name:
        them, us = them.parent, us.parent
    wanted = PurePosixPath(root)
    return str(us / wanted.relative_to(them)) if wanted.is_relative_to(them) else ""


def _covered(root: str, paths: Mapping[str, str]) -> bool:
    return any(PurePosixPath(root).is_relative_to(theirs) for theirs in paths)

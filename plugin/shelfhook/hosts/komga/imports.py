"""Having a Komga server take files into its series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from shelfhook.errors import Gone, Permanent
from shelfhook.hosts.client import Client
from shelfhook.hosts.komga import mapping, past_routes, routes
from shelfhook.hosts.komga.documents import the_list, the_object
from shelfhook.ports import Import


class KomgaImports:
    """Satisfies [`Imports`][shelfhook.ports.Imports].

    Komga answers 202 to everything and finds out later. Of a series that is not there it says
    nothing at all, and of a file in a library only an event. So what can be known is looked at
    before: all files are refused, or all are handed over. Whether a file is there, and is a book,
    the server alone can see; what becomes of it is in its history if it went well, and in its
    event `BookImported` and its log if not.
    """

    name: str
    _client: Client

    def import_books(self, files: Sequence[Import], *, move: bool) -> None:
        """Have Komga take files into its series; it answers at once and does it later.

        Raises:
            Gone: a series is not there, or lies in the server's trash.
            Permanent: a path is not whole, leads into a library, or is named twice.
            Refused: our account is no administrator.
            Transient: it is not known whether Komga has heard: look at its history before you ask
                again.
        """
        if not files:
            return
        for one in files:
            _check(one)
        _check_all(files)
        self._refuse_those_in_libraries(files)
        for series in dict.fromkeys(one.series for one in files):
            self._find_series(series)
        self._client.ask(past_routes.import_books(files, move=move))

    def _refuse_those_in_libraries(self, files: Sequence[Import]) -> None:
        found = [mapping.library(one) for one in the_list(self._client.ask(routes.libraries()))]
        for one in files:
            for library in found:
                if library.root and _path(one.file).is_relative_to(_path(library.root)):
                    raise Permanent(
                        f"{one.file} lies in the library {library.name}: Komga takes only files "
                        "from outside its libraries; it finds this one by a scan"
                    )

    def _find_series(self, series: str) -> None:
        found = the_object(self._client.ask(routes.series(series)))
        if found.get("deleted"):
            raise Gone(f"series {series} lies in the trash of {self.name}")


def _check(one: Import) -> None:
    path = _path(one.file)
    if not path.is_absolute() or ".." in path.parts:
        raise Permanent(f"{one.file!r}: give the whole path of the file as Komga's server sees it")
    if one.name and (one.name != one.name.strip() or set(one.name) & set("/\\\0")):
        raise Permanent(f"{one.name!r} cannot be the name of a file")


def _check_all(files: Sequence[Import]) -> None:
    for what in ("file", "replaces"):
        named = [value for one in files if (value := getattr(one, what))]
        if twice := next((value for value in named if named.count(value) > 1), ""):
            raise Permanent(f"{twice} is named twice in one import")


def _path(path: str) -> PurePath:
    """A path of the server; one of Windows compares without case, as it should."""
    windows = PureWindowsPath(path)
    return windows if windows.drive else PurePosixPath(path)

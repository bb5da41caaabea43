"""`shelfhook check`: settings, database, each host; one line for each, with what is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rich.text import Text

from shelfhook.app.parts import Parts
from shelfhook.cli import terminal
from shelfhook.cli.failures import FAILED
from shelfhook.cli.place import Place
from shelfhook.clock import SystemClock
from shelfhook.dispatch.needs import check_needs
from shelfhook.errors import ConfigurationError, ShelfhookError
from shelfhook.model import JobState
from shelfhook.ports import Files, Host
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one check."""

    what: str
    ok: bool
    message: str


def check(place: Place, *, as_json: bool) -> int:
    """Make all checks and print their lines; gives 0 only if all are well."""
    lines: list[Line] = []
    for line in _lines(place):
        lines.append(line)
        if not as_json:
            _print(line)
    well = all(line.ok for line in lines)
    if as_json:
        terminal.print_json({"ok": well, "checks": [asdict(line) for line in lines]})
    return 0 if well else FAILED


def _lines(place: Place) -> Iterator[Line]:
    try:
        made = place.parts()
    except ConfigurationError as error:
        yield from (Line("settings", False, fault) for fault in error.faults)
        return
    yield Line("settings", True, _told(made))
    yield _database(made)
    yield from (Line("extension", False, fault) for fault in made.faults)
    for name, host in made.connect(SystemClock()).items():
        try:
            yield from _host(made, name, host)
        finally:
            host.close()


def _host(made: Parts, name: str, host: Host) -> Iterator[Line]:
    line = check_host(name, host)
    yield line
    try:
        files = made.files({name: host})[name]
    except ConfigurationError as error:
        yield from (Line(f"files {name}", False, fault) for fault in error.faults)
        return
    if line.ok and files.mapped:
        yield check_files(name, host, files)
    for routine in made.settings.routines.values():
        if routine.host == name:
            yield from _needs(made, routine, host, files)


def _needs(made: Parts, routine: RoutineSettings, host: Host, files: Files) -> Iterator[Line]:
    """A line only if the routine could not run."""
    try:
        check_needs(made.make_actions(routine), host, files)
    except ShelfhookError as error:
        yield Line(f"routine {routine.name}", False, str(error))


def _told(made: Parts) -> str:
    settings = made.settings
    told = f"{_number(len(settings.hosts), 'host')}, {_number(len(settings.routines), 'routine')}"
    if not settings.web.token.get_secret_value():
        told += "; web.token is missing, which `shelfhook serve` needs"
    return told


def _database(made: Parts) -> Line:
    try:
        with Store(made.settings.paths.database_url) as store:
            store.status.ping()
            where = store.url.render_as_string(hide_password=True)
            waiting = store.jobs.count(JobState.QUEUED)
            return Line("database", True, f"{where}, {_number(waiting, 'job')} waiting")
    except ShelfhookError as error:
        return Line("database", False, str(error))


def check_host(name: str, host: Host) -> Line:
    """Whether a host can be reached, who it takes us for, and which libraries it shows us."""
    what = f"host {name}"
    reached = host.check()
    if not reached.ok:
        return Line(what, False, reached.message)
    try:
        account = host.whoami()
        libraries = host.libraries()
    except ShelfhookError as error:
        return Line(what, False, str(error))
    told = f"{host.kind} {reached.version}".strip()
    told += f" as {account.name}, {_libraries([one.name for one in libraries])}"
    if not account.admin:
        return Line(what, False, f"{told}; the account is no administrator: give it that role")
    return Line(what, True, told)


def check_files(name: str, host: Host, files: Files) -> Line:
    """Whether one book of each library can be opened and replaced where it is mapped to."""
    what = f"files {name}"
    try:
        told = [f"{one.name}: {_first_file(host, files, one.id)}" for one in host.libraries()]
    except ShelfhookError as error:
        return Line(what, False, str(error))
    faults = [one for one in told if not one.endswith((WELL, NO_BOOK))]
    return Line(what, not faults, "; ".join(faults or told))


WELL = "readable and writable"
NO_BOOK = "it holds no book"


def _first_file(host: Host, files: Files, library: str) -> str:
    for page in host.pages(library, size=1):
        for ref in page.refs[:1]:
            path = files.local(host.item(ref.id))
            with path.open("rb") as file:
                file.read(1)
            # A file is replaced by a new one beside it.
            writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
            return WELL if writable else f"{path.parent} is not writable, only `audit` will work"
    return NO_BOOK


def _libraries(names: list[str]) -> str:
    if not names:
        return "no library is shared with it"
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return f"{_number(len(names), 'library')}: {shown}"


def _number(count: int, what: str) -> str:
    several = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{count:,} {what if count == 1 else several}"


def _print(line: Line) -> None:
    mark = ("OK  ", "bold green") if line.ok else ("FAIL", "bold red")
    text = Text.assemble(mark, f" {line.what:<12} ", line.message)
    terminal.results().print(text, soft_wrap=True)

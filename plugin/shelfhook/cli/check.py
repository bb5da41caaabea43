"""`shelfhook check`: settings, database, each host; one line for each, with what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from shelfhook.app.parts import Parts
from shelfhook.bridges import Plan, plan
from shelfhook.cli import terminal
from shelfhook.cli.check_events import check_events
from shelfhook.cli.check_host import check_files, check_host
from shelfhook.cli.check_sign_in import check_sign_in
from shelfhook.cli.check_telling import check_telling
from shelfhook.cli.failures import FAILED
from shelfhook.cli.lines import Line, number, show
from shelfhook.cli.place import Place
from shelfhook.clock import SystemClock
from shelfhook.dispatch.needs import check_needs
from shelfhook.errors import ConfigurationError, ShelfhookError
from shelfhook.model import Account, JobState
from shelfhook.ports import Files, Host
from shelfhook.runner.rights import missing, writers
from shelfhook.settings import RoutineSettings
from shelfhook.store import Store
from shelfhook.store.status import Beat


def check(place: Place, *, as_json: bool) -> int:
    """Make all checks and print their lines; gives 0 only if all are well."""
    lines: list[Line] = []
    for line in _lines(place):
        lines.append(line)
        if not as_json:
            show(line)
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
    database, beats, sign_in = _database(made)
    yield database
    yield from (Line("extension", False, fault) for fault in made.faults)
    yield from check_telling(made.settings)
    for name, host in made.connect(SystemClock()).items():
        try:
            yield from _host(made, name, host, beats)
        finally:
            host.close()
    yield from sign_in


def _host(made: Parts, name: str, host: Host, beats: Sequence[Beat]) -> Iterator[Line]:
    line, seen = check_host(name, host)
    yield line
    try:
        files = made.files({name: host})[name]
    except ConfigurationError as error:
        yield from (Line(f"files {name}", False, fault) for fault in error.faults)
        return
    if seen and files.mapped:
        yield check_files(name, host, files, seen.libraries)
    for routine in made.settings.routines.values():
        if routine.host == name:
            yield from _routine(made, routine, host, files, seen.account if seen else None)
    if seen:
        # Last, since trying the stream out may close the host.
        yield check_events(name, host, _plan(made, name, host), beats, SystemClock().now())


def _plan(made: Parts, name: str, host: Host) -> Plan:
    """What a service would do to hear of this host's events."""
    settings = made.settings.hosts[name]
    return plan(settings.events, host.capabilities, settings.poll_minutes)


def _routine(
    made: Parts, routine: RoutineSettings, host: Host, files: Files, account: Account | None
) -> Iterator[Line]:
    """A line only if the routine could not run, or could not do what it is for."""
    what = f"routine {routine.name}"
    try:
        actions = made.make_actions(routine)
        check_needs(actions, host, files)
    except ShelfhookError as error:
        yield Line(what, False, str(error))
        return
    lacks = missing(writers(actions), host, account) if account else ""
    if lacks and not routine.dry_run:
        yield Line(what, False, lacks)


def _told(made: Parts) -> str:
    settings = made.settings
    return f"{number(len(settings.hosts), 'host')}, {number(len(settings.routines), 'routine')}"


def _database(made: Parts) -> tuple[Line, Sequence[Beat], Sequence[Line]]:
    """The database's line, the signs of life that a service has left there, and who may sign in."""
    try:
        with Store(made.settings.paths.database_url) as store:
            store.status.ping()
            where = store.url.render_as_string(hide_password=True)
            waiting = store.jobs.count(JobState.QUEUED)
            line = Line("database", True, f"{where}, {number(waiting, 'job')} waiting")
            return line, store.status.beats(), [check_sign_in(made.settings, store)]
    except ShelfhookError as error:
        return Line("database", False, str(error)), (), ()

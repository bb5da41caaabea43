"""The demo, step by step; each step says in a line what happens and why."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from shelfhook import progress
from shelfhook.cli import terminal
from shelfhook.cli.demo import picture as pictures
from shelfhook.cli.demo.invitation import (
    LINK_SECONDS,
    Invitation,
    somebody_watches,
    wait_for_ctrl_c,
    wait_for_enter,
)
from shelfhook.cli.demo.jobs import Job, await_job, first_changes, look_at
from shelfhook.cli.demo.judging import faults_of
from shelfhook.cli.demo.service import DemoFailed, Service
from shelfhook.cli.demo.stage import AUDIT, Stage
from shelfhook.cli.failures import FAILED
from shelfhook.cli.follow import display_on, follow
from shelfhook.clock import SystemClock
from shelfhook.sandbox.process import SandboxProcess

INDENT = "   "
START_SECONDS = 30.0
"""Longest time until the service is well."""


def demo(*, books: int, keep: bool, as_json: bool, picture: Path | None) -> int:
    """Play the demo; gives 0 only if all went as it should."""
    console = terminal.talk() if as_json else terminal.results()
    if picture:
        console = pictures.console()
    folder = tempfile.TemporaryDirectory(prefix="shelfhook-demo-")
    with folder as name, terminal.terminable():
        play = Play(Stage(Path(name)), console, books, quiet=as_json or bool(picture))
        well = False
        try:
            play.perform(keep=keep)
            well = True
        except DemoFailed as error:
            _show_failure(play, error)
        except KeyboardInterrupt:
            console.print("\nStopped.")
    if well:
        play.say_end()
    if picture:
        pictures.save(console, picture)
    if as_json:
        terminal.print_json({"ok": well, **play.findings})
    return 0 if well else FAILED


@dataclass
class Play:
    """One performance. `findings` is what it proves, for scripts."""

    stage: Stage
    console: Console
    books: int
    quiet: bool = False
    """Whether a script asked, which nobody keeps waiting."""
    clock: SystemClock = field(default_factory=SystemClock)
    findings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._step = 0
        self._began = self.clock.monotonic()
        self._took = 0.0  # without the time for which somebody looks around

    def perform(self, *, keep: bool) -> None:
        """All steps in order.

        Raises:
            DemoFailed: something is not as it should be.
        """
        self.console.print("[bold]Shelfhook: a library scan becomes a job[/]\n")
        self._make_files()
        with self.stage.server() as server:
            self.stage.write_settings(server.url)
            with self._service(server) as service:
                invitation = self._invite()
                first = self._first_scan(server, service)
                writes = len(server.writes())
                self._second_scan(server, service, writes)
                more = len(server.writes()) - writes
                self._audit(service)
                self._undo(service, first)
                self._judge(writes, more)
                self._took = self.clock.monotonic() - self._began
                if keep:
                    self._stay(server, service, invitation)
                elif not self.quiet and somebody_watches():
                    self._show_around(invitation)

    def _make_files(self) -> None:
        broken = self.findings["broken"] = self.stage.make_comics(self.books)
        self._say(
            f"A folder of {self.books:,} real CBZ files"
            + (f", {broken} of them broken on purpose" if broken else ""),
            str(self.stage.comics),
        )

    @contextmanager
    def _service(self, server: SandboxProcess) -> Iterator[Service]:
        self._say("A media server over it, which speaks Komga's API", server.url)
        stage = self.stage
        with Service(stage.config, stage.log, stage.port, stage.token, self.clock) as service:
            service.wait_until_well(START_SECONDS)
            self._say("`shelfhook serve`: one process for the web, one for the work")
            yield service
            self._say("The service drains and stops, the folder is removed")

    def _invite(self) -> Invitation:
        invitation = Invitation(self.stage.config)
        self.findings["dashboard"] = invitation.address
        self._link(invitation)
        return invitation

    def _link(self, invitation: Invitation) -> None:
        link = self.findings["sign_in"] = invitation.link()
        self.console.print(
            f"{INDENT}Dashboard: [bold]{invitation.address}[/]\n"
            f"{INDENT}This link signs you in, once and within {LINK_SECONDS / 60:g} minutes:"
        )
        self.console.print(f"{INDENT}[bold green]{escape(link)}[/]\n", soft_wrap=True)

    def _first_scan(self, server: SandboxProcess, service: Service) -> Job:
        self._say("The server scans its library, and tells Shelfhook by webhook when it is done")
        job = self._scan(server, service, "")
        self.console.print(terminal.outcomes(job["counts"]))
        self._show_changes(service, job)
        return job

    def _second_scan(self, server: SandboxProcess, service: Service, before: int) -> None:
        self._say("The server scans again, though nothing has changed")
        job = self._scan(server, service, str(self.findings["first"]["id"]))
        writes = len(server.writes()) - before
        style = "bold red" if writes else "bold green"
        self.console.print(
            f"{INDENT}{job['processed']:,} books looked at,"
            f" [{style}]{writes} writes[/] reached the server\n"
        )

    def _audit(self, service: Service) -> None:
        self._say("An audit, as it runs every night, opens all files")
        found = service.post("/api/jobs", {"routine": AUDIT})
        job = self.findings["audit"] = self._follow(service, found["id"])
        bad = self.findings["found"] = service.damaged(job["id"])
        self.console.print(
            f"{INDENT}{job['processed']:,} books looked at, [bold green]{bad} are damaged[/]\n"
            f"{INDENT}[dim]The dashboard's page Findings says what to do about each of them[/]\n"
        )

    def _undo(self, service: Service, first: Job) -> None:
        self._say("Somebody wants the old titles back: the first job is undone")
        found = service.post(f"/api/jobs/{first['id']}/undo")
        self.console.print(f"{INDENT}call in → job [bold]{found['id'][:8]}[/] takes it back")
        job = self.findings["undo"] = self._follow(service, found["id"])
        self.console.print(
            f"{INDENT}[bold green]{job['counts']['changed']:,} books[/] are as they were before\n"
        )

    def _scan(self, server: SandboxProcess, service: Service, previous: str) -> Job:
        """Scan, wait for the job that comes of it, and follow that to its end."""
        server.scan()
        found = await_job(service, previous, self.clock)
        self.console.print(
            f"{INDENT}webhook in → event stored → job [bold]{found['id'][:8]}[/] runs"
            f" {found['routine']}"
        )
        job = self._follow(service, found["id"])
        self.findings["second" if previous else "first"] = job
        return job

    def _follow(self, service: Service, job_id: str) -> Job:
        with display_on(self.console, INDENT) as display:
            follow(lambda: look_at(service, job_id), display, self.clock)
        job: Job = service.get(f"/api/jobs/{job_id}")
        return job

    def _show_changes(self, service: Service, job: Job) -> None:
        if shown := first_changes(service, job):
            self.console.print(f"{INDENT}The first changes, each recorded before it was made:")
            terminal.print_differences(self.console, shown)

    def _judge(self, writes: int, more: int) -> None:
        """Hold what happened against what should have.

        Raises:
            DemoFailed: something of it did not.
        """
        self.findings |= {"books": self.books, "writes": writes, "writes_of_second_scan": more}
        if faults := faults_of(self.findings):
            raise DemoFailed("; ".join(faults))

    def _show_around(self, invitation: Invitation) -> None:
        """Leave the dashboard up until Enter, for somebody who has just seen its address."""
        self._say("See all of it in the dashboard; Enter ends the demo and removes its folder")
        self._link(invitation)
        wait_for_enter()

    def _stay(self, server: SandboxProcess, service: Service, invitation: Invitation) -> None:
        """Leave everything up until Ctrl-C."""
        self._say("All of it stays up until Ctrl-C")
        self._link(invitation)
        self.console.print(
            f"{INDENT}Try Routines → Dry run → Apply, and Undo.\n\n{INDENT}From another terminal:"
        )
        library = str(server.libraries()[0]["id"])
        where = self.stage.where_to_look(service.url, self.findings["first"]["id"], library)
        for name, line in where.items():
            self.console.print(f"{INDENT}[dim]{name}[/]\n{INDENT}{escape(line)}", soft_wrap=True)
        wait_for_ctrl_c()
        self.console.print()

    def say_end(self) -> None:
        """The last line."""
        seconds = progress.span(self._took)
        self.console.print(f"\n[bold green]All went as it should[/], in {seconds}.")

    def _say(self, line: str, where: str = "") -> None:
        self._step += 1
        self.console.print(f"[bold cyan]{self._step}[/]  {escape(line)}", soft_wrap=True)
        if where:
            self.console.print(f"{INDENT}[dim]{escape(where)}[/]", soft_wrap=True)


def _show_failure(play: Play, error: DemoFailed) -> None:
    """Say what went wrong, with the last that the service said."""
    terminal.complain(f"the demo failed: {error}")
    if play.stage.log.exists():
        tail = play.stage.log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
        lines = "\n".join(["The service's last lines:", *tail])
        terminal.talk().print(lines, markup=False, soft_wrap=True)

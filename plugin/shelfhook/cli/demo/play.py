"""The demo, step by step; each step says in a line what happens and why."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from rich.console import Console
from rich.markup import escape

from shelfhook import progress
from shelfhook.cli import terminal
from shelfhook.cli.demo import picture as pictures
from shelfhook.cli.demo.service import LOOK, DemoFailed, Service
from shelfhook.cli.demo.stage import Stage
from shelfhook.cli.differences import differences_of
from shelfhook.cli.failures import FAILED
from shelfhook.cli.follow import Look, display_on, follow
from shelfhook.clock import SystemClock
from shelfhook.model import JobState, Outcome
from shelfhook.sandbox.process import SandboxProcess

Job: TypeAlias = dict[str, Any]
"""A job as the API shows it."""

INDENT = "   "
FIRST_CHANGES = 8
START_SECONDS = 30.0
JOB_SECONDS = 20.0
"""Longest time from a scan's end until its job is there."""


def demo(*, books: int, keep: bool, as_json: bool, picture: Path | None) -> int:
    """Play the demo; gives 0 only if all went as it should."""
    console = terminal.talk() if as_json else terminal.results()
    if picture:
        console = pictures.console()
    folder = tempfile.TemporaryDirectory(prefix="shelfhook-demo-")
    with folder as name, terminal.terminable():
        play = Play(Stage(Path(name)), console, books)
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
    clock: SystemClock = field(default_factory=SystemClock)
    findings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._step = 0
        self._began = self.clock.monotonic()

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
                first = self._first_scan(server, service)
                writes = len(server.writes())
                again = self._second_scan(server, service, writes)
                self._judge(first, again, writes, len(server.writes()) - writes)
                if keep:
                    self._stay(server, service)

    def _make_files(self) -> None:
        broken = self.stage.make_comics(self.books)
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
            self._say("`shelfhook serve`: one process for the web, one for the work", service.url)
            yield service
            self._say("The service drains and stops, the folder is removed")

    def _first_scan(self, server: SandboxProcess, service: Service) -> Job:
        self._say("The server scans its library, and tells Shelfhook by webhook when it is done")
        job = self._scan(server, service, "")
        self.console.print(terminal.outcomes(job["counts"]))
        self._show_changes(service, job)
        return job

    def _second_scan(self, server: SandboxProcess, service: Service, before: int) -> Job:
        self._say("The server scans again, though nothing has changed")
        job = self._scan(server, service, str(self.findings["first"]["id"]))
        writes = len(server.writes()) - before
        style = "bold red" if writes else "bold green"
        self.console.print(
            f"{INDENT}{job['processed']:,} books looked at,"
            f" [{style}]{writes} writes[/] reached the server\n"
        )
        return job

    def _scan(self, server: SandboxProcess, service: Service, previous: str) -> Job:
        """Scan, wait for the job that comes of it, and follow that to its end."""
        server.scan()
        found = self._await_job(service, previous)
        self.console.print(
            f"{INDENT}webhook in → event stored → job [bold]{found['id'][:8]}[/] runs"
            f" {found['routine']}"
        )
        with display_on(self.console, INDENT) as display:
            follow(lambda: _look(service.get(f"/api/jobs/{found['id']}")), display, self.clock)
        job: Job = service.get(f"/api/jobs/{found['id']}")
        self.findings["second" if previous else "first"] = job
        return job

    def _await_job(self, service: Service, previous: str) -> Job:
        never = threading.Event()
        until = self.clock.monotonic() + JOB_SECONDS
        while self.clock.monotonic() < until:
            jobs: list[Job] = service.get("/api/jobs?limit=1")["jobs"]
            if jobs and jobs[0]["id"] != previous:
                return jobs[0]
            self.clock.wait(never, LOOK)
        raise DemoFailed(f"the webhook became no job within {JOB_SECONDS:g} s")

    def _show_changes(self, service: Service, job: Job) -> None:
        query = f"?outcome={Outcome.CHANGED}&limit={FIRST_CHANGES}"
        items = service.get(f"/api/jobs/{job['id']}/items{query}")["items"]
        shown = [
            difference
            for item in items
            for change in item["changes"]
            for difference in differences_of(item["name"], change)
        ]
        if shown:
            self.console.print(f"{INDENT}The first changes, each recorded before it was made:")
            terminal.print_differences(self.console, shown[:FIRST_CHANGES])

    def _judge(self, first: Job, again: Job, writes: int, more: int) -> None:
        """Hold what happened against what should have.

        Raises:
            DemoFailed: not every file has its outcome, or the second scan wrote something.
        """
        self.findings |= {"books": self.books, "writes": writes, "writes_of_second_scan": more}
        wrong = {
            "a job did not complete": {first["state"], again["state"]} != {"completed"},
            "not every book has an outcome": first["processed"] != self.books,
            "an item failed": bool(first["counts"]["failed"] or again["counts"]["failed"]),
            "nothing was changed": not writes,
            "the second scan wrote to the server": bool(more),
        }
        if any(wrong.values()):
            raise DemoFailed("; ".join(fault for fault, so in wrong.items() if so))

    def _stay(self, server: SandboxProcess, service: Service) -> None:
        """Leave everything up until Ctrl-C."""
        self._say("All of it stays up until Ctrl-C. Look around from another terminal:")
        library = str(server.libraries()[0]["id"])
        where = self.stage.where_to_look(service.url, self.findings["first"]["id"], library)
        for name, line in where.items():
            self.console.print(f"{INDENT}[dim]{name}[/]\n{INDENT}{escape(line)}", soft_wrap=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
        self.console.print()

    def say_end(self) -> None:
        """The last line."""
        seconds = progress.span(self.clock.monotonic() - self._began)
        self.console.print(f"\n[bold green]All went as it should[/], in {seconds}.")

    def _say(self, line: str, where: str = "") -> None:
        self._step += 1
        self.console.print(f"[bold cyan]{self._step}[/]  {escape(line)}", soft_wrap=True)
        if where:
            self.console.print(f"{INDENT}[dim]{escape(where)}[/]", soft_wrap=True)


def _look(document: Job) -> Look:
    return Look(
        JobState(document["state"]),
        document["processed"],
        document["total"],
        document["counts"],
        document["reason"],
    )


def _show_failure(play: Play, error: DemoFailed) -> None:
    """Say what went wrong, with the last that the service said."""
    terminal.complain(f"the demo failed: {error}")
    if play.stage.log.exists():
        tail = play.stage.log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
        lines = "\n".join(["The service's last lines:", *tail])
        terminal.talk().print(lines, markup=False, soft_wrap=True)

"""The demo, step by step; each step says in a line what happens and why."""

from __future__ import annotations

import signal
import tempfile
import threading
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
from shelfhook.cli.demo.service import LOOK, DemoFailed, Service
from shelfhook.cli.demo.stage import HOST, Stage
from shelfhook.cli.failures import FAILED
from shelfhook.cli.follow import Look, display_on, follow
from shelfhook.clock import SystemClock
from shelfhook.model import JobState, Outcome
from shelfhook.sandbox.process import SandboxProcess

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
    with folder as name, _terminable():
        play = Play(Stage(Path(name)), console, books)
        try:
            well = play.perform(keep=keep)
        except DemoFailed as error:
            _show_failure(play, error)
            well = False
        except KeyboardInterrupt:
            console.print("\nStopped.")
            well = False
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

    def perform(self, *, keep: bool) -> bool:
        """All steps in order; True if everything is as it should be."""
        self.console.print("[bold]Shelfhook: a library scan becomes a job[/]\n")
        self._make_files()
        with self.stage.server() as server:
            self.stage.write_settings(server.url)
            with self._service(server) as service:
                first = self._first_scan(server, service)
                writes = len(server.writes())
                again = self._second_scan(server, service, writes)
                well = self._judge(first, again, writes, len(server.writes()) - writes)
                if keep:
                    self._stay(server, service)
        return well

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
            if not self._staying:
                self._say("The service drains and stops, the folder is removed")

    _staying = False

    def _first_scan(self, server: SandboxProcess, service: Service) -> dict[str, Any]:
        self._say("The server scans its library, and tells Shelfhook by webhook when it is done")
        job = self._scan(server, service, "")
        self.console.print(terminal.outcomes(job["counts"]))
        self._show_changes(service, job)
        return job

    def _second_scan(self, server: SandboxProcess, service: Service, before: int) -> dict[str, Any]:
        self._say("The server scans again, though nothing has changed")
        job = self._scan(server, service, str(self.findings["first"]["id"]))
        writes = len(server.writes()) - before
        style = "bold red" if writes else "bold green"
        self.console.print(
            f"{INDENT}{job['processed']:,} books looked at,"
            f" [{style}]{writes} writes[/] reached the server\n"
        )
        return job

    def _scan(self, server: SandboxProcess, service: Service, previous: str) -> dict[str, Any]:
        """Scan, wait for the job that comes of it, and follow that to its end."""
        server.scan()
        found = self._await_job(service, previous)
        self.console.print(
            f"{INDENT}webhook in → event stored → job [bold]{found['id'][:8]}[/] runs"
            f" {found['routine']}"
        )
        with display_on(self.console, INDENT) as display:
            follow(lambda: _look(service.get(f"/api/jobs/{found['id']}")), display, self.clock)
        job: dict[str, Any] = service.get(f"/api/jobs/{found['id']}")
        self.findings["second" if previous else "first"] = job
        return job

    def _await_job(self, service: Service, previous: str) -> dict[str, Any]:
        never = threading.Event()
        until = self.clock.monotonic() + JOB_SECONDS
        while self.clock.monotonic() < until:
            jobs: list[dict[str, Any]] = service.get("/api/jobs?limit=1")["jobs"]
            if jobs and jobs[0]["id"] != previous:
                return jobs[0]
            self.clock.wait(never, LOOK)
        raise DemoFailed(f"the webhook became no job within {JOB_SECONDS:g} s")

    def _show_changes(self, service: Service, job: dict[str, Any]) -> None:
        query = f"?outcome={Outcome.CHANGED}&limit={FIRST_CHANGES}"
        items = service.get(f"/api/jobs/{job['id']}/items{query}")["items"]
        shown = [
            difference
            for item in items
            for change in item["changes"]
            for difference in terminal.differences_of(item["name"], change)
        ]
        if shown:
            self.console.print(f"{INDENT}The first changes, each recorded before it was made:")
            terminal.print_differences(self.console, shown[:FIRST_CHANGES])

    def _judge(self, first: dict[str, Any], again: dict[str, Any], writes: int, more: int) -> bool:
        """Whether every file has its outcome, and the second scan wrote nothing."""
        self.findings |= {"books": self.books, "writes": writes, "writes_of_second_scan": more}
        faults = [
            fault
            for fault, wrong in {
                "a job did not complete": {first["state"], again["state"]} != {"completed"},
                "not every book has an outcome": first["processed"] != self.books,
                "an item failed": bool(first["counts"]["failed"] or again["counts"]["failed"]),
                "nothing was changed": not writes,
                "the second scan wrote to the server": bool(more),
            }.items()
            if wrong
        ]
        if faults:
            raise DemoFailed("; ".join(faults))
        return True

    def _stay(self, server: SandboxProcess, service: Service) -> None:
        """Leave everything up until Ctrl-C."""
        self._staying = True
        stage, job = self.stage, self.findings["first"]["id"]
        library = server.libraries()[0]["id"]
        self._say("All of it stays up until Ctrl-C. Look around from another terminal:")
        curl = f"curl -s -H 'Authorization: Bearer {stage.token}'"
        hook = f"curl -s -H 'Authorization: Bearer {stage.hook_token}'"
        lines = {
            "is it well?": f"curl -s {service.url}/health",
            "the jobs": f"{curl} {service.url}/api/jobs",
            "a job's items": f"{curl} '{service.url}/api/jobs/{job}/items?outcome=changed'",
            "run again": f"{curl} -X POST {service.url}/api/jobs/process-all",
            "send a webhook": f"{hook} {service.url}/hooks/{HOST} --json"
            f""" '{{"event":"library.scanned","library":{{"id":"{library}"}}}}'""",
            "settings": str(stage.config),
            "log": str(stage.log),
            "comics": str(stage.comics),
        }
        for name, line in lines.items():
            self.console.print(f"{INDENT}[dim]{name}[/]\n{INDENT}{escape(line)}", soft_wrap=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            self.console.print("\nStopping …")

    def say_end(self) -> None:
        """The last line."""
        seconds = progress.span(self.clock.monotonic() - self._began)
        self.console.print(f"\n[bold green]All went as it should[/], in {seconds}.")

    def _say(self, line: str, where: str = "") -> None:
        self._step += 1
        self.console.print(f"[bold cyan]{self._step}[/]  {escape(line)}", soft_wrap=True)
        if where:
            self.console.print(f"{INDENT}[dim]{escape(where)}[/]", soft_wrap=True)


def _look(document: dict[str, Any]) -> Look:
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
        terminal.talk().print("\n".join(["The service's last lines:", *tail]), markup=False)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the demo like Ctrl-C: everything is stopped, the folder removed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

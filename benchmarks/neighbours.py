"""How fast a host's job runs while another host is down: its bridge, its jobs, its breaker."""

from __future__ import annotations

import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.fakes import IdleHost, Nothing, surroundings
from benchmarks.report import Row, alternate, median, worker
from shelfhook import manifest
from shelfhook.app.engine import Engine
from shelfhook.app.parts import Parts
from shelfhook.clock import SystemClock
from shelfhook.hosts.komga import connect
from shelfhook.model import EventKind, Job, JobRequest, NewEvent, Trigger
from shelfhook.ports import HostOptions
from shelfhook.settings import Settings
from shelfhook.store import Store

ITEMS = 4_000
SECONDS = 0.005
WORKERS = 8


def neighbours(rounds: int) -> list[Row]:
    """The time of a job beside a host that is down, over that beside one that is well."""
    well, down = alternate(
        rounds,
        lambda: worker("neighbours", "well")["job_seconds"],
        lambda: worker("neighbours", "down")["job_seconds"],
    )
    detail = f"{median(down):.2f} s against {median(well):.2f} s; rounds " + " ".join(
        f"{one / other:.3f}" for one, other in zip(down, well, strict=True)
    )
    name = f"{ITEMS:,} × {SECONDS * 1000:g} ms beside a host that is down"
    return [Row(name, median(down) / median(well), 1.05, detail, at_least=False)]


def measure(state: str) -> dict[str, Any]:
    """One job of a host, while a job of another waits for its host or has nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        made = _settings(Path(folder))
        parts = Parts(made, manifest.load(), {"nothing": Nothing}, {}, ())
        clock = SystemClock()
        other = IdleHost(0)
        other.name = "other"
        url = f"http://127.0.0.1:{_nobody_listens()}"
        gone = connect(HostOptions("other", "komga", url, api_key="key"), clock)
        hosts = {"bench": IdleHost(ITEMS, SECONDS), "other": gone if state == "down" else other}
        with Store(made.paths.database_url) as store:
            engine = Engine(parts, store, clock, hosts, listens=True)
            engine.acquire()
            engine.start()
            try:
                _queue(store, "other")
                time.sleep(1.0)  # its job has begun, and the breaker is open
                job = _queue(store, "bench")
                while not (job := store.jobs.get(job.id)).state.final:
                    time.sleep(0.25)  # each look costs the engine a millisecond
            finally:
                engine.stop()
        assert job.counts.unchanged == ITEMS, job
        assert job.finished_at and job.started_at
        return {"job_seconds": job.finished_at - job.started_at}


def _settings(folder: Path) -> Settings:
    host = {"kind": "idle", "url": "http://127.0.0.1", "api_key": "x", "budget": 64}
    return Settings.model_validate(
        {
            "hosts": {"bench": host, "other": host},
            "routines": {
                name: {"host": name, "actions": [{"name": "nothing"}], "workers": WORKERS}
                for name in ("bench", "other")
            },
            "engine": {"log_level": "ERROR"},
            "paths": {"data": str(folder)},
        },
        context=surroundings(folder, ("bench", "other")),
    )


def _nobody_listens() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _queue(store: Store, host: str) -> Job:
    event = NewEvent(host, EventKind.ROUTINE_CALLED, f"bench:{time.perf_counter()}")
    request = JobRequest(host, host, "lib", Trigger.ADMIN)
    return store.jobs.request(request, event, time.time())[0]

"""`shelfhook serve` as it is run: one journey through all of it, its end, and its silence."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

from shelfhook.sandbox.process import SandboxProcess
from tests.support.service import Service, kill
from tests.support.waiting import wait_until

SECRETS = {
    "api token": "SECRET-api-token-4242",
    "hook token": "SECRET-hook-token-4242",
    "host key": "SECRET-host-key-4242",
    "password": "SECRET-password-4242",
    "proxy": "SECRET-proxy-password-4242",
    "signing key": "whsec_U0VDUkVULXNpZ25pbmcta2V5LTQyNDItNDI0Mg==",
    "signing bytes": "SECRET-signing-key-4242-4242",
}


def test_a_scan_becomes_changes_at_the_host_and_a_second_scan_none(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with Service(tmp_path / "service", sandbox.url, sandbox.admin_key) as shelf:
        serve = shelf.start("serve")
        shelf.ready()
        hook = {"url": f"{shelf.root}/hooks/komga", "token": shelf.hook_token}
        sandbox.control("PUT", "/sandbox/webhook", hook)
        sandbox.scan()
        (delivery,) = sandbox.wait_webhooks(1)
        assert delivery["delivered"], delivery
        (job,) = wait_until(lambda: shelf.call("GET", "/api/jobs")[1]["jobs"])
        job = shelf.ended(job["id"])
        assert (job["state"], job["processed"], job["total"]) == ("completed", 200, 200)
        written = Counter(entry["bookId"] for entry in sandbox.writes(applied=True))
        assert set(written.values()) == {1}
        assert len(written) == job["counts"]["changed"] > 50
        sandbox.scan()
        jobs = wait_until(
            lambda: [
                one
                for one in shelf.call("GET", "/api/jobs")[1]["jobs"]
                if one["state"] == "completed" and one["id"] != job["id"]
            ]
        )
        assert jobs[0]["counts"]["unchanged"] == 200
        assert len(sandbox.writes(applied=True)) == len(written)
        assert f"[job-{job['id'][:8]}-0] Processing item:" in shelf.said()
        begun = time.monotonic()
        serve.terminate()
        assert serve.wait(20) == 0
        assert time.monotonic() - begun < 10
        assert shelf.health() == (0, {})


def test_the_order_to_stop_in_the_middle_of_a_job_ends_what_runs_and_the_next_start_goes_on(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    library = str(sandbox.libraries()[0]["id"])
    sandbox.set_faults(latency_ms=20)
    with Service(tmp_path / "service", sandbox.url, sandbox.admin_key) as shelf:
        serve = shelf.start("serve")
        shelf.ready()
        shelf.scanned(library, "d1")
        sandbox.writes(at_least=10, timeout=20)
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(20) == 0
        with shelf.store() as store:
            (job,) = store.jobs.page()
            assert job.state == "queued"
            changed = store.ledger.changes(job.num, limit=1000)
            assert {change.state for change in changed} == {"applied"}  # none was torn
            assert len(changed) == len(sandbox.writes(applied=True)) == job.counts.changed
        sandbox.set_faults()
        shelf.start("serve")
        shelf.ready()
        ended = shelf.ended(job.id)
        assert (ended["state"], ended["processed"]) == ("completed", 200)
        assert set(Counter(e["bookId"] for e in sandbox.writes(applied=True)).values()) == {1}


def test_a_supervisor_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    with Service(tmp_path / "service", "http://127.0.0.1:9", "key") as shelf:
        serve = shelf.start("serve")
        shelf.ready("degraded")
        children = [shelf.child_of(serve, name) for name in ("engine", "web")]
        kill(serve.pid)
        serve.wait(10)

        def gone(pid: int) -> bool:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
            return stat.rpartition(")")[2].split()[0] == "Z"  # nobody here reaps it

        wait_until(lambda: all(gone(pid) for pid in children), limit=20)
        assert shelf.health() == (0, {})


def test_promise_13_no_secret_reaches_log_answer_error_page_or_database(tmp_path: Path) -> None:
    more = f"""
[hosts.other]
kind = "komga"
url = "http://127.0.0.1:9"
username = "somebody"
password = "{SECRETS["password"]}"
proxy = "http://user:{SECRETS["proxy"]}@127.0.0.1:9"
hook_secret = "{SECRETS["signing key"]}"
"""
    answers: list[bytes] = []
    environment = {"SANDBOX_API_KEY": SECRETS["host key"]}
    with (
        SandboxProcess("--books", "30", environment=environment) as sandbox,
        Service(
            tmp_path / "service",
            sandbox.url,
            SECRETS["host key"],
            token=SECRETS["api token"],
            hook_token=SECRETS["hook token"],
            engine='log_level = "DEBUG"',
            host="retries = 0\n[routines.process-all]\nhost = 'komga'",
            more=more,
        ) as shelf,
    ):
        serve = shelf.start("serve")
        shelf.ready("degraded")

        def ask(method: str, path: str, body: object = None, **more: object) -> int:
            status, raw = shelf.raw(method, path, body, **more)  # type: ignore[arg-type]
            answers.append(raw)
            return status

        library = str(sandbox.libraries()[0]["id"])
        sandbox.set_faults(error_500_after_ms={"ms": 0, "every": 9})
        assert shelf.scanned(library, "d1") == 202
        (job,) = wait_until(lambda: shelf.call("GET", "/api/jobs")[1]["jobs"])
        shelf.ended(job["id"])
        for path in (
            "/api/jobs",
            f"/api/jobs/{job['id']}",
            f"/api/jobs/{job['id']}/items?limit=200",
            "/api/routines",
            "/api/hosts",
            "/api/schedules",
            "/api/inbox",
            "/health",
            "/manifest.json",
        ):
            assert ask("GET", path) in (200, 404)
        for wrong in (SECRETS["hook token"], "nonsense", SECRETS["api token"] + "x"):
            assert ask("GET", "/api/jobs", token=wrong) == 401
        bodies: tuple[object, ...] = (
            b"{",
            {"routine": SECRETS["api token"]},
            {"routine": "process-all", "library": 7},
            {"token": SECRETS["api token"]},
        )
        for body in bodies:
            assert ask("POST", "/api/jobs", body) in (400, 404)
        assert ask("POST", "/hooks/other", {"event": "x"}, token=SECRETS["signing key"]) == 401
        assert ask("GET", "/api/jobs/no-such-job") == 404
        shelf.call("POST", "/api/jobs", {"routine": "process-all@other"})
        wait_until(lambda: "the host is down" in str(shelf.call("GET", "/api/jobs")[1]))
        serve.terminate()
        serve.wait(25)
        log, folder = shelf.said(), shelf.folder / "data"
        stored = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert b"komga" in stored
    assert "Processing item" in log
    echoed = SECRETS["api token"]  # an answer may name the routine that the caller asked for
    for what, secret in SECRETS.items():
        assert secret not in log, f"{what} in the log"
        assert secret.encode() not in stored, f"{what} in the database"
        for answer in answers:
            if secret != echoed:
                assert secret.encode() not in answer, f"{what} in an answer: {answer[:300]!r}"

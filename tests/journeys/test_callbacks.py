"""Callbacks from the real service to a real receiver, over crashes and outages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from shelfhook.sandbox.process import SandboxProcess
from tests.support.receiver import Got, Receiver
from tests.support.service import Service, free_port
from tests.support.waiting import wait_until

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfc8bKSYPQ="
OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
CALLBACKS = f"""
[callbacks]
allow = ["127.0.0.1"]
secret = "{SECRET}"
every_seconds = 0.5
"""


def verified(one: Got, secret: str = SECRET) -> Any:
    """What the message says, if the specification's own package finds it genuine."""
    Webhook(secret).verify(one.body.decode(), dict(one.headers))
    return one.json


def call(service: Service, *urls: str, **more: object) -> str:
    status, job = service.call("POST", "/api/jobs/process-all", {"callbacks": [*urls], **more})
    assert status == 202, job
    return str(job["id"])


def states(service: Service, job: str) -> list[str]:
    _, page = service.call("GET", f"/api/outgoing?job={job}")
    return [one["state"] for one in page["outgoing"]]


def test_a_receiver_hears_of_the_end_once_and_can_verify_it(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with (
        Receiver() as receiver,
        Service(tmp_path / "s", sandbox.url, sandbox.admin_key, more=CALLBACKS) as service,
    ):
        service.start("serve")
        service.ready()
        job = call(service, receiver.url)
        (end,) = receiver.wait(1, "job.finished")
        told = verified(end)["data"]
        assert (told["id"], told["state"]) == (job, "completed")
        assert told["processed"] == told["total"] > 0
        shown = service.call("GET", f"/api/jobs/{job}")[1]
        assert {name: shown[name] for name in told} == told, "the names and meanings of the API"
        with pytest.raises(WebhookVerificationError):
            verified(end, OTHER)
        wait_until(lambda: states(service, job) == ["delivered"])
        versions = [one.json["data"]["version"] for one in receiver.got]
        assert versions == sorted(versions)
        assert receiver.got[-1].kind == "job.finished"


@pytest.mark.crash
def test_the_end_arrives_although_the_receiver_fails_and_goes_and_the_engine_is_killed(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    port = free_port()
    with Service(tmp_path / "s", sandbox.url, sandbox.admin_key, more=CALLBACKS) as service:
        engine, _ = service.start("engine"), service.start("web")
        service.ready()
        with Receiver([500] * 1000, port) as failing:
            job = call(service, failing.url)
            refused = failing.wait(2, "job.finished")
        # It is away now, and the engine dies while the message waits.
        wait_until(lambda: states(service, job) == ["pending"])
        service.kill(engine)
        with Receiver(port=port) as receiver:
            service.start("engine")
            (end,) = receiver.wait(1, "job.finished")
            wait_until(lambda: states(service, job) == ["delivered"])
            assert len(receiver.wait(1, "job.finished")) == 1
        assert {one.id for one in refused} == {end.id}, "the same message, tried again"
        assert verified(end)["data"]["state"] == "completed"


@pytest.mark.crash
def test_an_engine_that_is_killed_before_it_has_told_anything_tells_it_later(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with (
        Receiver() as receiver,
        Service(tmp_path / "s", sandbox.url, sandbox.admin_key, more=CALLBACKS) as service,
    ):
        engine, _ = service.start("engine"), service.start("web")
        service.ready()
        job = call(service, receiver.url)
        service.kill(engine)
        service.start("engine")
        service.ended(job)
        (end,) = receiver.wait(1, "job.finished")
        assert verified(end)["data"]["id"] == job
        wait_until(lambda: states(service, job) == ["delivered"])
        assert len(receiver.wait(1, "job.finished")) == 1


REFUSED = {
    "not in the list": "https://elsewhere.example/x",
    "the cloud's metadata": "http://169.254.169.254/latest/meta-data",
    "this machine by name": "http://localhost/x",
    "decimal": "http://2130706433/x",
    "hexadecimal": "http://0x7f000001/x",
    "octal": "http://0177.0.0.1/x",
    "mapped metadata": "http://[::ffff:169.254.169.254]/x",
    "a user name": "http://me:secret-word@127.0.0.1/x",
    "no http": "file:///etc/passwd",
    "no URL": "127.0.0.1/x",
}


def test_what_is_not_allowed_is_refused_before_there_is_a_job(
    sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with Service(tmp_path / "s", sandbox.url, sandbox.admin_key, more=CALLBACKS) as service:
        service.start("web")
        wait_until(lambda: service.health()[0])
        for what, url in REFUSED.items():
            status, problem = service.call(
                "POST", "/api/jobs/process-all", {"callbacks": ["http://127.0.0.1/fine", url]}
            )
            assert (status, problem["field"]) == (400, "callbacks.1"), what
            assert "secret-word" not in json.dumps(problem)
        assert service.call("GET", "/api/jobs")[1]["jobs"] == []

"""Schemathesis against an application that answers over HTTP in this process; its seed is fixed.

Its engine rather than its pytest plugin: the engine has the stateful phase, which follows links,
and the plugin's lazy tests do not know the newest pytest. Over HTTP, since some of its checks
cannot call a WSGI application (4.32).
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import schemathesis
from schemathesis import engine
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.engine import events
from werkzeug.serving import WSGIRequestHandler, make_server

from shelfhook.web import openapi
from shelfhook.web.api.about_live import STREAMS
from shelfhook.web.api.operations import Access
from shelfhook.web.api.tables import described
from shelfhook.web.lean import Application

SEED = 5
ACCEPTED = ["2xx", "304", "401", "403", "404", "409", "413", "422"]
"""What may become of a request that fits the document: it may be too long in all, and its key may
have been used for another call."""
NO_CHECKS: list[tuple[str, str]] = [
    # A cursor is opaque: only `next` gives one that is right.
    ("listQuarantine", "positive_data_acceptance"),
    # The path of one job fits `process-all` too, so that Allow names its methods besides.
    ("processAll", "allow_header_conformance"),
    # A host takes one of several proofs: a signature that is wrong leaves the token right.
    ("deliverEvents", "ignored_auth"),
]


@dataclass
class Outcome:
    """What a run has found, and how often each status of each operation was met."""

    faults: list[str] = field(default_factory=list)
    met: Counter[tuple[str, int]] = field(default_factory=Counter)


CHANCY = {"followAll", "cancelJob", "pauseJob", "resumeJob"}
"""What a handful of requests may miss: one of two parameters must be given, and a job that runs."""


def done(found: Outcome) -> set[str]:
    """Operations that have done what they are for."""
    return {name for (name, status), _ in found.met.items() if 200 <= status < 300}


def open_to(*access: Access) -> set[str]:
    """Operations that ask for one of these."""
    every = [*described().values(), *STREAMS.values()]
    return {one.id for one in every if one.access in access}


def probe(app: Application, headers: dict[str, str], *, examples: int, only: str = "") -> Outcome:
    """Everything, or one operation. The streams are answered with a glance (see `live.views`)."""
    found = Outcome()
    with _served(app) as url:
        config = _config(url, examples, headers)
        schema = schemathesis.openapi.from_dict(openapi(), config=config)
        schema = schema.include(operation_id=only) if only else schema
        for event in engine.from_schema(schema).execute():
            _take(found, event)
    return found


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's own
        pass


@contextlib.contextmanager
def _served(app: Application) -> Iterator[str]:
    """The application on a port of this machine; ends with its thread."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, name="probed")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _config(url: str, examples: int, headers: dict[str, str]) -> SchemathesisConfig:
    generation = GenerationConfig(max_examples=examples, deterministic=True, database="none")
    checks = ChecksConfig(
        positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=ACCEPTED)
    )
    project = ProjectConfig(base_url=url, generation=generation, headers=headers, checks=checks)
    return SchemathesisConfig(seed=SEED, projects=ProjectsConfig(default=project))


def _take(found: Outcome, event: events.EngineEvent) -> None:
    if isinstance(event, events.NonFatalError | events.FatalError):
        found.faults.append(repr(event))
    if not isinstance(event, events.ScenarioFinished):
        return
    recorder = event.recorder
    for name, exchange in recorder.interactions.items():
        case = recorder.cases[name].value
        operation = case.operation
        if exchange.response is not None and case.method.lower() == operation.method.lower():
            found.met[operation.definition.raw["operationId"], exchange.response.status_code] += 1
    for name, checks in recorder.checks.items():
        case = recorder.cases[name].value
        operation_id = case.operation.definition.raw["operationId"]
        for check in checks:
            if check.failure_info and not _meant(operation_id, check.name, case):
                failure = check.failure_info.failure
                said = f"{failure.title}: {failure.message}\n{check.failure_info.code_sample}"
                found.faults.append(f"{operation_id}, {check.name}: {said}")


def _meant(operation_id: str, check: str, case: schemathesis.Case) -> bool:
    """Whether we know better than the check."""
    if check == "ignored_auth" and "Cookie" in (case.headers or {}):
        return True  # it leaves our session's cookie in the request
    if operation_id == "followAll" and not (case.query or {}).get("topics"):
        return check == "positive_data_acceptance"  # one of two parameters must be given
    if check == "positive_data_acceptance" and _names_callbacks(case):
        return True  # which hosts may be called back the settings alone know
    if operation_id == "deliverEvents" and "library" in (case.query or {}):
        # Any body at all is news of that library; which libraries there are the host alone knows.
        return check in ("positive_data_acceptance", "negative_data_rejection")
    return (operation_id, check) in NO_CHECKS


def _names_callbacks(case: schemathesis.Case) -> bool:
    return isinstance(case.body, dict) and bool(case.body.get("callbacks"))

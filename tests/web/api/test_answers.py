"""Real answers against their models: as they are, nothing bent, nothing besides."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from shelfhook.web.api import answers
from shelfhook.web.api import answers_more as more
from shelfhook.web.api import answers_people as who
from shelfhook.web.api import answers_records as kept
from shelfhook.web.lean import Application
from tests.web import desk
from tests.web.api import filled

JOB = f"/api/jobs/{filled.ENDED}"
STILL = f"/api/jobs/{filled.RUNNING}"


@pytest.mark.parametrize(
    ("path", "model", "rows"),
    [
        ("/api/jobs", answers.JobsPage, "jobs"),
        (JOB, answers.Job, ""),
        (STILL, answers.Job, ""),
        (f"{JOB}/items", answers.ItemsPage, "items"),
        (f"{JOB}/items/0", answers.Item, "changes"),
        (f"{JOB}/samples", kept.Samples, "samples"),
        (f"{JOB}/log", kept.Log, "lines"),
        ("/api/inbox/rejections", kept.Rejections, "rejections"),
        ("/api/notifications", kept.Notifications, "notifications"),
        ("/api/outgoing", kept.OutgoingPage, "outgoing"),
        ("/api/me", who.Me, ""),
        ("/api/people", who.People, "people"),
        ("/api/people/anna", who.Person, ""),
        ("/api/tokens", who.Tokens, ""),
        ("/api/events", answers.EventsPage, "events"),
        ("/api/inbox", answers.Inbox, "waiting"),
        ("/api/findings", more.FindingsPage, "findings"),
        ("/api/quarantine", more.AsidePage, "items"),
        ("/api/hosts", more.Hosts, "hosts"),
        ("/api/routines", more.Routines, "routines"),
        ("/api/schedules", more.Schedules, "schedules"),
        ("/api/schedules/nightly/fires", more.Fires, "fires"),
        ("/health", more.Health, "hosts"),
        ("/health/live", more.Live, ""),
        ("/health/ready", more.Ready, ""),
        ("/manifest.json", more.Document, ""),
    ],
)
def test_an_answer_is_what_its_model_says(
    full: Application, path: str, model: type[BaseModel], rows: str
) -> None:
    answer = full.test_client().get(path, headers=desk.API)
    assert answer.status_code == 200
    model.model_validate_json(answer.data)
    assert not rows or answer.json[rows]


def test_what_is_not_in_the_model_would_be_found(full: Application) -> None:
    document = full.test_client().get(JOB, headers=desk.API).json
    with pytest.raises(ValueError, match="Extra inputs"):
        answers.Job.model_validate(document | {"secret": 1})


@pytest.mark.parametrize(
    ("path", "body", "status", "model"),
    [
        ("/api/jobs/process-all", {"library": "L2"}, 202, answers.Job),
        ("/api/jobs", {"routine": "process-all", "items": ["B1"]}, 202, answers.Job),
        (f"{JOB}/retry", {}, 202, answers.Job),
        (f"{JOB}/undo", {"dry_run": True}, 202, answers.Job),
        (f"/api/jobs/{filled.SHOWN}/apply", {}, 202, answers.Job),
        (f"{STILL}/pause", {}, 202, answers.WishedJob),
        ("/api/quarantine/release", {"host": "komga", "item": "B2"}, 200, more.ReleasedItem),
        ("/hooks/komga", desk.SCAN, 202, more.Delivered),
        ("/api/schedules/nightly/pause", {}, 200, more.Schedule),
        ("/api/schedules/nightly/resume", {}, 200, more.Schedule),
        ("/api/notifications/phone/test", {}, 202, kept.Queued),
        ("/api/people", {"name": "ben"}, 201, who.Person),
        ("/api/tokens", {"name": "wall"}, 201, who.MadeToken),
        (f"{JOB}/cancel", {}, 409, answers.Problem),
        ("/api/jobs", {"routine": 5}, 400, answers.Problem),
    ],
)
def test_a_call_is_answered_as_its_model_says(
    full: Application, path: str, body: dict[str, Any], status: int, model: type[BaseModel]
) -> None:
    answer = full.test_client().post(path, json=body, headers=desk.API | desk.HOOK)
    assert answer.status_code == status
    model.model_validate_json(answer.data)


def test_every_model_refuses_what_it_does_not_name() -> None:
    for room in (answers, more, kept, who):
        for model in vars(room).values():
            if isinstance(model, type) and issubclass(model, answers.Answer):
                open_one = model is more.Document
                assert model.model_config == ConfigDict(
                    extra="allow" if open_one else "forbid", use_attribute_docstrings=True
                )

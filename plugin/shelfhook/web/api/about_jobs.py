"""The operations on jobs and their items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shelfhook.web import jobs, wishes
from shelfhook.web.api import answers, examples
from shelfhook.web.api.operations import Operation, Reply, Tag
from shelfhook.web.bodies import Nothing, Query

JOB: Final = {"job_id": examples.JOB}
RUNNING: Final = {"job_id": examples.RUNNING}
DRY_RUN: Final = {"job_id": examples.DRY_RUN}
LOCATION: Final = {"Location": "Path of the job."}
TAG: Final = {"ETag": "Changes with the job's version; send it back as If-None-Match."}
SAME: Final = (
    "An equal job that still waits takes the call in (200). With an `Idempotency-Key` a call"
    " that is repeated gives the job of the first one, whatever has become of it."
)
LINKS: Final = {
    name: {"job_id": "$response.body#/id"}
    for name in ("getJob", "listItems", "cancelJob", "pauseJob", "resumeJob")
}


def _queued(meaning: str) -> Mapping[int, Reply]:
    return {
        202: Reply(meaning, answers.Job, examples.queued(), headers=LOCATION, links=LINKS),
        200: Reply("The job was there already.", answers.Job, examples.queued()),
    }


def _wish(name: str, summary: str, about: str) -> Operation:
    return Operation(
        id=f"{name}Job",
        tag=Tag.JOBS,
        summary=summary,
        about=f"{about} Waits up to five seconds for the engine; twice is as good as once.",
        replies={
            200: Reply("Done.", answers.WishedJob, {**examples.job(), "granted": True}),
            202: Reply(
                "Written down; the engine is away or busy, and does it later.",
                answers.WishedJob,
                {**examples.queued(wish=name), "granted": False},
                headers=LOCATION,
            ),
        },
        problems=(400, 404, 409),
        access="operator",
        body=Nothing,
        path=RUNNING,
        examples={"nothing": {}},
    )


OPERATIONS: Final[Mapping[str, Operation]] = {
    "jobs.process_all": Operation(
        id="processAll",
        tag=Tag.JOBS,
        summary="Run the routine process-all",
        about=f"Short for `POST /jobs` with this routine. {SAME}",
        replies=_queued("The job is queued."),
        problems=(400, 404, 422),
        access="operator",
        body=jobs.Wanted,
        examples={"everything": {}, "one library, for show": {"library": "L1", "dry_run": True}},
        keyed=True,
    ),
    "jobs.create": Operation(
        id="createJob",
        tag=Tag.JOBS,
        summary="Run a routine",
        about=f"Over all its libraries, one library (by id or name), or some items. {SAME}",
        replies=_queued("The job is queued."),
        problems=(400, 404, 422),
        access="operator",
        body=jobs.NewJob,
        examples={
            "one library": {"routine": "process-all", "library": "L1"},
            "some items, for show": {
                "routine": "process-all",
                "items": ["B1", "B2"],
                "dry_run": True,
            },
        },
        keyed=True,
    ),
    "jobs.page": Operation(
        id="listJobs",
        tag=Tag.JOBS,
        summary="Jobs, newest first",
        about="`state` may be given several times; `routine`, `host` and `trigger` choose, too."
        " Follow `next` for older ones.",
        replies={200: Reply("A page.", answers.JobsPage, {"jobs": [examples.job()], "next": None})},
        problems=(400,),
        query=jobs.JobsQuery,
    ),
    "jobs.one": Operation(
        id="getJob",
        tag=Tag.JOBS,
        summary="One job",
        about="To follow it rather than to ask again and again, see `followJob`.",
        replies={
            200: Reply("The job.", answers.Job, examples.job(), headers=TAG),
            304: Reply("You have its present version.", headers=TAG),
        },
        problems=(400, 404),
        query=Query,
        path=JOB,
    ),
    "jobs.items": Operation(
        id="listItems",
        tag=Tag.JOBS,
        summary="Items of a job, with their changes",
        about="In the job's order. An item's changes show its state before and after. `search` is"
        " part of its name, series or id. A page of a search may be short, or empty, although"
        " `next` says that more may follow.",
        replies={
            200: Reply("A page.", answers.ItemsPage, {"items": [examples.ITEM], "next": None})
        },
        problems=(400, 404),
        query=jobs.ItemsQuery,
        path=JOB,
    ),
    "jobs.item": Operation(
        id="getItem",
        tag=Tag.JOBS,
        summary="One item of a job, with its changes",
        about="By its place in the job, the `seq` of the list.",
        replies={200: Reply("The item.", answers.Item, examples.ITEM)},
        problems=(400, 404),
        query=Query,
        path={**JOB, "seq": "0"},
    ),
    "wishes.cancel": _wish(
        "cancel",
        "Stop a job",
        "After the answer at most the items that are at work still finish.",
    ),
    "wishes.pause": _wish("pause", "Begin no further item", "Those at work finish."),
    "wishes.resume": _wish("resume", "Go on with a paused job", "It begins where it stopped."),
    "wishes.retry": Operation(
        id="retryJob",
        tag=Tag.JOBS,
        summary="Run the failed items of a job again",
        about=f"Only of a job that has ended. {SAME}",
        replies=_queued("A job over the failed items is queued."),
        problems=(400, 404, 409, 422),
        access="operator",
        body=Nothing,
        path=JOB,
        examples={"nothing": {}},
        keyed=True,
    ),
    "wishes.undo": Operation(
        id="undoJob",
        tag=Tag.JOBS,
        summary="Take back what a job has changed",
        about=f"Only of a job that has ended; what somebody has changed since is left. {SAME}",
        replies=_queued("A job that takes the changes back is queued."),
        problems=(400, 404, 409, 422),
        access="operator",
        body=wishes.Undo,
        path=JOB,
        examples={"for show first": {"dry_run": True}, "at once": {}},
        keyed=True,
    ),
    "wishes.apply": Operation(
        id="applyJob",
        tag=Tag.JOBS,
        summary="Do what a dry run has shown",
        about=f"Only of a dry run that has ended and has planned something. {SAME}",
        replies=_queued("A job that makes the changes is queued."),
        problems=(400, 404, 409, 422),
        access="operator",
        body=Nothing,
        path=DRY_RUN,
        examples={"nothing": {}},
        keyed=True,
    ),
}

"""What each kind of job does to its items, and to which."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from shelfhook.model import ChangeState, ItemRef, Job, LedgerItem, Outcome, Trigger
from shelfhook.ports import Action, PlanContext
from shelfhook.runner.asshown import AsShown
from shelfhook.runner.chosen import LeftOut
from shelfhook.runner.filework import FileWork
from shelfhook.runner.lacking import Lacking
from shelfhook.runner.making import Making
from shelfhook.runner.proposals import ByActions, OfLists, Proposer
from shelfhook.runner.setting import Setting
from shelfhook.runner.skips import Skips
from shelfhook.runner.takeback import MADE, TakeBack
from shelfhook.runner.together import SeriesTogether
from shelfhook.settings import RoutineSettings
from shelfhook.store.ledger import Ledger

PAGE = 1_000
OF_LISTS = frozenset({"collections", "read-lists"})


def making(setting: Setting, job: Job, actions: Sequence[Action]) -> Making:
    """What records and makes a job's changes."""
    host = setting.hosts[job.host]
    context = PlanContext(host, setting.files[job.host], setting.heavy, job.dry_run)
    files = FileWork(setting.backups, job.id)
    by_name = {action.name: action for action in actions}
    ledger = setting.store.ledger
    return Making(job.num, job.dry_run, host, ledger, files, context, by_name)


def proposer(
    setting: Setting,
    job: Job,
    routine: RoutineSettings,
    actions: Sequence[Action],
    made: Making,
) -> Proposer:
    """What says of each item what is to be done with it."""
    if job.trigger in (Trigger.UNDO, Trigger.APPLY):
        parent = setting.store.jobs.get(job.parent)
        if job.trigger is Trigger.APPLY:
            return AsShown(parent, made.host, made.ledger, made.files, job.num)
        return TakeBack(parent, made.host, made.ledger, made.files, dry_run=job.dry_run)
    left_out = LeftOut(
        job,
        routine,
        made.host,
        setting.store,
        skips(setting, job, routine, actions),
        _chosen(setting, job),
    )
    together = SeriesTogether(made.host, left_out.reasons)
    context = replace(made.context, together=together)
    by_actions = ByActions(actions, context, routine.locks, together.is_hindered)
    if not gathers(job, actions):
        return by_actions
    lacking = Lacking(job, routine, made.host, made.ledger, actions)
    return OfLists(by_actions, made.host, made.ledger, _with_retried(setting, job), lacking)


def _chosen(setting: Setting, job: Job) -> Callable[[], frozenset[str]] | None:
    """What gives the ids of a job's items, if they were chosen one by one."""
    if job.items:
        return lambda: frozenset(job.items)
    if not job.parent:
        return None
    ledger, parent = setting.store.ledger, setting.store.jobs.get(job.parent)
    return lambda: frozenset(ref.id for ref in parents_items(job, parent, ledger))


def _with_retried(setting: Setting, job: Job) -> list[int]:
    """A job's number, and those of the jobs whose failed items it tries again."""
    nums = [job.num]
    while job.trigger is Trigger.RETRY:
        job = setting.store.jobs.get(job.parent)
        nums.append(job.num)
    return nums


def gathers(job: Job, actions: Sequence[Action]) -> bool:
    """Whether items may wish to be on lists, which are written when all of them are done."""
    if job.trigger in (Trigger.UNDO, Trigger.APPLY):
        return False
    return any(OF_LISTS & action.needs for action in actions)


def judged(
    setting: Setting, job: Job, routine: RoutineSettings, actions: Sequence[Action]
) -> Sequence[tuple[str, str]]:
    """Kind and name of the lists that are looked at though no item wishes to be on them."""
    if not gathers(job, actions):
        return ()
    return Lacking(job, routine, setting.hosts[job.host], setting.store.ledger, actions).lists


def skips(setting: Setting, job: Job, routine: RoutineSettings, actions: Sequence[Action]) -> Skips:
    """Which items need not be looked at. What somebody chose by hand is always looked at."""
    if job.items or job.parent:
        return Skips()
    if job.everything:
        return Skips(failures=setting.quarantine_after)
    recipe = recipe_of(routine, actions)
    return Skips(recipe, routine.only_changed, setting.quarantine_after)


def recipe_of(routine: RoutineSettings, actions: Sequence[Action]) -> str:
    """Digest of what a routine does: with other actions or parameters every item is looked at.

    An action whose plans depend on more than its parameters (on a file, say) tells that in an
    attribute `recipe`.
    """
    parts = [[one.name, dict(one.parameters)] for one in routine.actions]
    more = [str(getattr(action, "recipe", "")) for action in actions]
    whole = json.dumps([parts, more, routine.locks], sort_keys=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def parents_items(job: Job, parent: Job, ledger: Ledger) -> Iterator[ItemRef]:
    """The items of a job that continues another one."""
    if job.trigger is Trigger.RETRY:
        yield from ledger.refs(parent.num, Outcome.FAILED)
        return
    states = (ChangeState.PLANNED,) if job.trigger is Trigger.APPLY else MADE

    def page_after(seq: int) -> list[LedgerItem]:
        return ledger.changed_items(parent.num, states, after=seq, limit=PAGE)

    yield from _all(page_after)


def _all(page_after: Callable[[int], list[LedgerItem]]) -> Iterator[ItemRef]:
    after = -1
    while page := page_after(after):
        yield from (row.item for row in page)
        after = page[-1].seq

"""Commands that follow what was written: given when all items of their job are done."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import NamedTuple

from shelfhook.errors import Gone, ShelfhookError, StoreUnavailable, Transient
from shelfhook.model import (
    ChangeKind,
    ChangeState,
    Finding,
    LedgerItem,
    Outcome,
    Result,
    Severity,
)
from shelfhook.ports import Host
from shelfhook.rules import UNSETTLED
from shelfhook.runner.hostmade import HostMade
from shelfhook.store.ledger import Ledger

log = logging.getLogger("shelfhook.item")


@dataclass(frozen=True, slots=True)
class Commanded:
    """What has become of an item's commands; the item itself has its outcome already."""

    result: Result


class Look(NamedTuple):
    """An item that the host has worked on: what it has made by itself is yet to be written down.

    `settled`: as far as the host tells, it has done all that it had to do.
    """

    entry: LedgerItem
    settled: bool


def give(entry: LedgerItem, job_num: int, host: Host, ledger: Ledger, made: HostMade) -> Commanded:
    """Give the commands of one item that are recorded and were not given yet.

    One that the host refuses is a finding: what was written is written.

    Raises:
        Transient: it may work later; repeating it is harmless.
        StoreUnavailable: likewise.
    """
    applied: list[int] = []
    findings: list[Finding] = []
    rows = ledger.changes_of(job_num, [entry.seq])
    try:
        made.before_commands(entry, rows)
    except Gone:
        log.info("Item %s has gone before the host could look at it", entry.item.name)
        return _commanded(entry, [], [])
    for row in rows:
        change = row.change
        if change.kind is not ChangeKind.COMMAND or row.state is not ChangeState.INTENDED:
            continue
        try:
            host.command(change.entity, change.entity_id, change.command)
        except (Transient, StoreUnavailable):
            raise
        except Gone:
            log.info("Item %s has gone before its %s", entry.item.name, change.command)
        except ShelfhookError as error:
            findings.append(_refused(change.command, change.action, error))
        else:
            applied.append(row.id)
    return _commanded(entry, applied, findings)


def look(one: Look, made: HostMade) -> Commanded:
    """Write down what the host has made of an item by itself.

    Raises:
        Transient, StoreUnavailable: as for `give`.
    """
    made.look(one.entry, settled=one.settled)
    return _commanded(one.entry, [], [])


def failed(entry: LedgerItem, error: Exception) -> Commanded:
    """What is left of an item cannot be done, or was tried often enough."""
    return _commanded(entry, [], [_refused("look at it again", "", error)])


def _commanded(entry: LedgerItem, applied: list[int], findings: list[Finding]) -> Commanded:
    left = UNSETTLED if applied else ""
    return Commanded(
        Result(
            entry.seq,
            entry.item.id,
            Outcome.CHANGED,
            applied=tuple(applied),
            fingerprint=left,
            findings=tuple(findings),
        )
    )


def _refused(command: str, action: str, error: Exception) -> Finding:
    return Finding(
        "command.failed",
        Severity.WARNING,
        f"the host did not {command} after it was written: {error}",
        "run a routine with the action analyze or refresh over it",
        action=action,
    )

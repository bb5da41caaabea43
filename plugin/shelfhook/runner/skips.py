"""When an item need not be looked at, or not be told the same again."""

from __future__ import annotations

from dataclasses import dataclass

from shelfhook.model import ChangeKind, LedgerItem, Outcome, Result
from shelfhook.rules import set_aside, stayed
from shelfhook.runner.proposals import Proposal


@dataclass(frozen=True, slots=True)
class Skips:
    """When an item need not be looked at.

    Attributes:
        recipe: digest of what the routine does; "" does it all, whatever was done before.
        only_changed: do not look at items that have stayed the same.
        failures: after so many failed jobs in a row an item is set aside; 0 means never.
    """

    recipe: str = ""
    only_changed: bool = False
    failures: int = 0

    def skipped(self, entry: LedgerItem) -> Result | None:
        """The outcome of an item that is not looked at: it stayed the same, or is set aside."""
        known, fingerprint = entry.known, entry.item.fingerprint
        if known is None:
            return None
        if self.only_changed and stayed(known, fingerprint, self.recipe):
            return Result(entry.seq, entry.item.id, Outcome.UNCHANGED, attempts=0)
        if self.failures and set_aside(known, fingerprint, self.failures):
            reason = f"set aside, it failed in {known.failures} jobs in a row: {known.reason}"
            return Result(entry.seq, entry.item.id, Outcome.SKIPPED, reason[:1000], attempts=0)
        return None

    def was_commanded(self, entry: LedgerItem, fingerprint: str, proposal: Proposal) -> bool:
        """Whether only commands are planned, and an earlier job gave them to the same item.

        A command cannot tell whether there is anything to do; so this is what makes it converge.
        """
        if entry.known is None or not self.recipe:
            return False
        only_commands = all(change.kind is ChangeKind.COMMAND for change in proposal.changes)
        return only_commands and stayed(entry.known, fingerprint, self.recipe)

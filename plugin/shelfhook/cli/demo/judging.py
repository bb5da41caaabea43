"""Whether all went as it should: what the demo has found, held against what it is to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def faults_of(findings: Mapping[str, Any]) -> list[str]:
    """What is not as it should be, in words; none if all is.

    Args:
        findings: the documents of the jobs `first`, `second`, `audit` and `undo`, and the counts
            `books`, `broken` (as they were made), `found` (broken ones), `writes` and
            `writes_of_second_scan`.
    """
    first, undo = findings["first"], findings["undo"]
    jobs = (first, findings["second"], findings["audit"], undo)
    wrong = {
        "a job did not complete": any(job["state"] != "completed" for job in jobs),
        "not every book has an outcome": first["processed"] != findings["books"],
        "an item failed": any(job["counts"]["failed"] for job in jobs),
        "nothing was changed": not findings["writes"],
        "the second scan wrote to the server": bool(findings["writes_of_second_scan"]),
        "the audit found not all broken files, or more": findings["found"] != findings["broken"],
        "not all was taken back": undo["counts"]["changed"] != first["counts"]["changed"],
    }
    return [fault for fault, so in wrong.items() if so]

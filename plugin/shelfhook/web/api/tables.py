"""All tables of operations, in the order in which the document shows them."""

from __future__ import annotations

from collections.abc import Mapping

from shelfhook.web.api import (
    about_catalogue,
    about_findings,
    about_inbox,
    about_jobs,
    about_people,
    about_records,
    about_service,
)
from shelfhook.web.api.operations import Operation


def described() -> Mapping[str, Operation]:
    """Every operation by its Flask endpoint; what is not the API's (the pages) has none."""
    return {
        **about_jobs.OPERATIONS,
        **about_inbox.OPERATIONS,
        **about_findings.OPERATIONS,
        **about_records.OPERATIONS,
        **about_catalogue.OPERATIONS,
        **about_people.OPERATIONS,
        **about_service.OPERATIONS,
    }

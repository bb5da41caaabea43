"""All tables of operations, in the order in which the document shows them."""

from __future__ import annotations

from collections.abc import Mapping

from shelfhook.web.api import about_catalogue, about_jobs
from shelfhook.web.api.operations import Operation


def described() -> Mapping[str, Operation]:
    """Every operation by its Flask endpoint; what is not the API's (the pages) has none."""
    return {
        **about_jobs.OPERATIONS,
        **about_catalogue.INBOX,
        **about_catalogue.FINDINGS,
        **about_catalogue.CATALOGUE,
        **about_catalogue.SERVICE,
    }

"""Findings as a file for people and programs: CSV, JSON or a page to look at.

Rows stream through: the memory that a report takes does not grow with their number.
"""

from __future__ import annotations

from shelfhook.reports.render import KINDS, MEDIA_TYPES, Kind, render
from shelfhook.reports.row import Row

__all__ = ["KINDS", "MEDIA_TYPES", "Kind", "Row", "render"]

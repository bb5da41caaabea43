"""Bridges: what hosts tell of themselves becomes events in the inbox, under supervision."""

from __future__ import annotations

from shelfhook.bridges.bridge import Bridge
from shelfhook.bridges.intake import Intake
from shelfhook.bridges.plan import Plan, plan
from shelfhook.bridges.source import Source, is_well, words

__all__ = ["Bridge", "Intake", "Plan", "Source", "is_well", "plan", "words"]

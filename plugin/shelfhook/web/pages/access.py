"""What somebody who looks at a page may do there."""

from __future__ import annotations

from shelfhook.web.auth import current_identity, rights
from shelfhook.web.auth.templates import csrf_token

__all__ = ["csrf_token", "current_identity", "may_govern", "may_operate"]


def may_govern() -> bool:
    """Whether the settings are shown."""
    return rights.GOVERN.met_by(current_identity())


def may_operate() -> bool:
    """Whether buttons are shown."""
    return rights.STEER.met_by(current_identity())

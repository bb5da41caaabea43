"""Who asks, and what he may do: tokens, sessions of browsers, names that a proxy vouches for."""

from __future__ import annotations

from shelfhook.web.auth.identity import Identity, Role, current_identity

__all__ = ["Identity", "Role", "current_identity"]

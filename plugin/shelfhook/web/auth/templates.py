"""What every template knows of who asks."""

from __future__ import annotations

from shelfhook.web.auth.identity import current_identity


def known() -> dict[str, object]:
    """`identity`, and `csrf_token()` for forms."""
    return {"identity": current_identity(), "csrf_token": csrf_token}


def csrf_token() -> str:
    """What a changing form must send along."""
    return current_identity().csrf

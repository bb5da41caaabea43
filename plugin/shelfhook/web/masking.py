"""Secrets out of what is logged or shown when something went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import BaseModel, SecretStr

from shelfhook.settings import Settings

STARS = "***"
SHORTEST = 6
"""A shorter secret would tear holes into plain words."""
TOKEN = re.compile(r"\bshk_[\w-]{8,}|(?<=/sign-in/)[\w-]{8,}")
"""A token that we have made, or a link's secret within its path."""
USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
"""Name and password within a URL."""


class Mask:
    """Replaces known secrets, and whatever stands before the @ of a URL, by stars."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= SHORTEST}
        # The longest first: one secret may begin with another.
        parts = [re.escape(secret) for secret in sorted(known, key=len, reverse=True)]
        self._known = re.compile("|".join(parts)) if parts else None

    @classmethod
    def of(cls, settings: Settings) -> Mask:
        """Everything that the settings declare to be a secret."""
        named = [*settings.hosts.values(), *settings.notifications.values()]
        tables: list[BaseModel] = [settings.web, settings.paths, settings.callbacks, *named]
        return cls(secret for table in tables for secret in _secrets(table))

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._known is not None:
            text = self._known.sub(STARS, text)
        return USERINFO.sub(f"{STARS}@", TOKEN.sub(STARS, text))


def _secrets(table: BaseModel) -> Iterable[str]:
    for name in type(table).model_fields:
        value = getattr(table, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, SecretStr):
                yield one.get_secret_value()

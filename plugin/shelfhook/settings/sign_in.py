"""`[web.sign_in]`: people and their browsers."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator

from shelfhook.settings.base import Table

Hours: TypeAlias = Annotated[float, Field(gt=0, le=8_784, allow_inf_nan=False)]


class SignInSettings(Table):
    """Sign-in of people."""

    session_hours: Hours = 336.0
    """Hours after which a browser must sign in again, however much it is used."""
    idle_hours: Hours = 72.0
    """Hours after which a browser that was not used must sign in again."""
    attempts: Annotated[int, Field(ge=1, le=1_000)] = 10
    """How many times somebody may fail to sign in, per address and per name…"""
    attempts_minutes: Annotated[float, Field(gt=0, le=1_440, allow_inf_nan=False)] = 15.0
    """…within so many minutes."""
    secure_cookies: bool | Literal["auto"] = "auto"
    """Whether browsers send the session's cookie over https alone. `auto`: if they came so."""
    proxy_user_header: str = ""
    """Header in which a proxy of `web.trusted_proxies` names who has signed in there, such as
    `Remote-User`. Empty: none is believed."""
    proxy_role: Literal["", "viewer", "operator", "admin"] = "viewer"
    """Role of somebody whom the proxy names for the first time. Empty: only people that
    `shelfhook users add` has added come in."""

    @field_validator("secure_cookies", mode="before")
    @classmethod
    def _auto_or_a_truth(cls, value: object) -> object:
        # One fault rather than one for each kind of value that it might have been.
        if isinstance(value, bool) or value in ("auto", "true", "false"):
            return value
        raise ValueError('unknown; give "auto", true or false')

    @field_validator("proxy_user_header")
    @classmethod
    def _a_headers_name(cls, name: str) -> str:
        if name and not re.fullmatch(r"[A-Za-z0-9-]+", name):
            raise ValueError("is no header's name; write it like Remote-User")
        if name.lower() in ("authorization", "cookie", "content-type", "content-length", "host"):
            raise ValueError("is a header of every client; choose the one that the proxy sets")
        return name

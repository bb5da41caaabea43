"""`[notifications.<name>]`: whom Apprise tells what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PrivateAttr, SecretStr, ValidationInfo, field_validator

from shelfhook.rules import wording
from shelfhook.settings.base import Table, surroundings

CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")

What = Literal["finished", "failed", "findings", "paused", "digest"]


class NotificationSettings(Table):
    """One group of people, or of their devices, that is told something."""

    urls: Annotated[tuple[SecretStr, ...], Field(min_length=1, max_length=16)]
    """Secret. Apprise's URLs, such as `ntfy://my-topic` or `discord://id/token`."""
    on: tuple[What, ...] = ("failed", "findings")
    """What is told: `finished`, every end of a job; `failed`, a job or any of its items failed;
    `findings`, an audit found something; `paused`; `digest`, a summary at `digest_at`."""
    routines: tuple[str, ...] = ("*",)
    """Globs over the names of routines whose jobs are told of. Empty: those alone that name this
    notification in `notify`."""
    title: str = wording.JOB_TITLE
    """Template of the title (Jinja2) of a message about a job."""
    body: str = wording.JOB_BODY
    """Template of its text."""
    digest_at: str = "07:00"
    """When the digest is sent: a time of the day, or the five fields of cron."""
    timezone: str = ""
    """Time zone of `digest_at`, such as `Europe/Berlin`. Empty: the machine's own."""
    always: bool = False
    """True: the digest is sent also when nothing has happened."""
    digest_title: str = wording.DIGEST_TITLE
    """Template of the digest's title."""
    digest_body: str = wording.DIGEST_BODY
    """Template of its text."""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """The `<name>` in `[notifications.<name>]`."""
        return self._name

    @property
    def cron(self) -> str:
        """`digest_at` as cron's five fields."""
        return as_cron(self.digest_at)

    @property
    def receivers(self) -> list[str]:
        """`phone/1`, `phone/2`: each URL is told, and tried again, by itself."""
        return [f"{self._name}/{place + 1}" for place in range(len(self.urls))]

    def concerns(self, routine: str, notify: tuple[str, ...]) -> bool:
        """Whether jobs of a routine, which has this `notify`, are told of."""
        by_name = any(fnmatchcase(routine, glob) for glob in self.routines)
        return by_name or self._name in notify

    @field_validator("urls", mode="before")
    @classmethod
    def _one_or_several(cls, urls: object) -> object:
        """A single one, or from a file: one a line."""
        return [one for one in urls.split() if one] if isinstance(urls, str) else urls

    @field_validator("urls")
    @classmethod
    def _each_a_url(cls, urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any("://" not in one.get_secret_value() for one in urls):
            raise ValueError("one is no URL of Apprise's; write it like ntfy://my-topic")
        return urls

    @field_validator("title", "body")
    @classmethod
    def _about_a_job(cls, template: str) -> str:
        return _checked(template, wording.SAMPLE_JOB)

    @field_validator("digest_title", "digest_body")
    @classmethod
    def _about_a_night(cls, template: str) -> str:
        return _checked(template, wording.SAMPLE_DIGEST)

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, timezone: str) -> str:
        try:
            if timezone:
                ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"unknown time zone '{timezone}'; give a name such as 'Europe/Berlin'"
            ) from error
        return timezone

    @field_validator("digest_at")
    @classmethod
    def _time_or_cron(cls, text: str, info: ValidationInfo) -> str:
        check = surroundings(info).check_cron
        fault = check(as_cron(text), "") if check else None
        if fault:
            raise ValueError(f"{fault}; or give a time of the day, such as '07:00'")
        return text


def as_cron(text: str) -> str:
    """A time of the day as cron's five fields; what is no such time, as it is."""
    found = CLOCK.fullmatch(text.strip())
    return f"{int(found[2])} {int(found[1])} * * *" if found else text


def _checked(template: str, sample: Mapping[str, Any]) -> str:
    if fault := wording.fault(template, sample):
        raise ValueError(fault)
    return template

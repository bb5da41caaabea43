"""Texts from templates such as "{series} #{number}"."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Mapping


def checked(template: str, known: Collection[str]) -> str:
    """The template itself.

    Raises:
        ValueError: it holds a lone brace, or a placeholder that is not one of `known`.
    """
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is not None and (name not in known or spec or conversion):
            listed = ", ".join(f"{{{one}}}" for one in sorted(known))
            raise ValueError(f"unknown placeholder; use only {listed}")
    return template


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text, or "" if a placeholder has no value."""
    filled = all(values[name] for name in _placeholders(template))
    return template.format(**values) if filled else ""


def fill_without_gaps(template: str, values: Mapping[str, str]) -> str:
    """As `fill`, but brackets around a placeholder that has no value are left out with it.

    "{title} ({year})" of a series without a year is its title.
    """
    for name in _placeholders(template):
        if not values[name]:
            bracketed = r"\s*[(\[][^()\[\]]*\{" + name + r"\}[^()\[\]]*[)\]]"
            template = re.sub(bracketed, "", template)
    return fill(template, values).strip()


def _placeholders(template: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(template) if name]

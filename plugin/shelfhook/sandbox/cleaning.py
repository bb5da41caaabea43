"""How Komga checks and normalises each kind of metadata value.

A cleaner takes a JSON value and gives the stored one, or raises ValueError with the message
of the violation.
"""

import re
from collections.abc import Callable, Collection
from datetime import date

Cleaner = Callable[[object], object]

_LANGUAGE = re.compile(
    r"[a-z]{2,8}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-[a-z0-9]{5,8})*", re.IGNORECASE
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*:(//)?[^\s]+", re.IGNORECASE)


def text(value: object) -> str:
    """Take any string as it is."""
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def filled(value: object) -> str:
    """Take a string that is not blank."""
    if not text(value).strip():
        raise ValueError("Must be null or not blank")
    return text(value)


def boolean(value: object) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be a boolean")
    return value


def number(value: object) -> float:
    """Take a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    return float(value)


def whole(value: object) -> int:
    """Take a whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be null or greater than or equal to 0")
    return value


def day(value: object) -> str:
    """Take a date written as year-month-day."""
    try:
        return date.fromisoformat(text(value)).isoformat()
    except ValueError:
        raise ValueError("must be a date: yyyy-MM-dd") from None


def isbn(value: object) -> str:
    """Keep the digits of a valid ISBN; a blank one is none."""
    given = text(value)
    digits = re.sub(r"[\s-]", "", given).upper()
    if given.strip() and not _valid_isbn(digits):
        raise ValueError("Must be null or blank or valid ISBN")
    return "".join(c for c in digits if c.isdigit())


def _valid_isbn(digits: str) -> bool:
    if re.fullmatch(r"\d{13}", digits):
        return sum(int(c) * (1, 3)[place % 2] for place, c in enumerate(digits)) % 10 == 0
    if re.fullmatch(r"\d{9}[\dX]", digits):
        values = [10 if c == "X" else int(c) for c in digits]
        return sum(v * (10 - place) for place, v in enumerate(values)) % 11 == 0
    return False


def language(value: object) -> str:
    """Write a language tag as BCP 47 wants it: `en-US`, `zh-Hant`; a blank one is none."""
    given = text(value).strip()
    if not given:
        return ""
    if not _LANGUAGE.fullmatch(given):
        raise ValueError("Must be null or blank or valid BCP 47 language code")
    first, *rest = given.split("-")
    cased = [part.upper() if len(part) == 2 else part.lower() for part in rest]
    return "-".join([first.lower(), *(c.title() if len(c) == 4 else c for c in cased)])


def lowered(value: object) -> list[str]:
    """Take a set of labels: trimmed, lower case, each once."""
    if not isinstance(value, list):
        raise ValueError("must be an array")
    cleaned = (text(item).strip().lower() for item in value)
    return list(dict.fromkeys(item for item in cleaned if item))


def one_of(allowed: Collection[str]) -> Cleaner:
    """Take one of a few words."""

    def clean(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return clean


def authors(value: object) -> list[dict[str, str]]:
    """Take name and role of each author; roles are lower case."""
    pairs = _pairs(value, "name", "role")
    return [{"name": n.strip(), "role": role.strip().lower()} for n, role in pairs]


def links(value: object) -> list[dict[str, str]]:
    """Take label and URL of each link."""
    pairs = _pairs(value, "label", "url")
    if any(not _URL.fullmatch(url) for _, url in pairs):
        raise ValueError("must be a valid URL")
    return [{"label": label.strip(), "url": url} for label, url in pairs]


def alternate_titles(value: object) -> list[dict[str, str]]:
    """Take label and title of each alternate title."""
    pairs = _pairs(value, "label", "title")
    return [{"label": label.strip(), "title": title.strip()} for label, title in pairs]


def _pairs(value: object, first: str, second: str) -> list[tuple[str, str]]:
    if not isinstance(value, list):
        raise ValueError("must be an array")
    pairs = []
    for item in value:
        if not isinstance(item, dict):
            raise ValueError("must be an array of objects")
        one, other = item.get(first), item.get(second)
        if not (isinstance(one, str) and one.strip() and isinstance(other, str) and other.strip()):
            raise ValueError("must not be blank")
        pairs.append((one, other))
    return pairs

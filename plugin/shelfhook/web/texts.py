"""Which texts we take in from outside: short ones, and printable."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

LONGEST: Final = 512
FORBIDDEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, line separators, and halves of a character pair: no name holds them, and
PostgreSQL cannot store some."""


def fault(text: str) -> str:
    """What is wrong with a text; "" if nothing is."""
    if len(text) > LONGEST:
        return f"is longer than {LONGEST} characters; shorten it"
    if FORBIDDEN.search(text):
        return "holds control characters or half a character pair; remove them"
    return ""


def _printable(text: str) -> str:
    wrong = fault(text)
    if wrong:
        raise PydanticCustomError("text", "{wrong}", {"wrong": wrong})
    return text


SCHEMA: Final[JsonDict] = {
    "maxLength": LONGEST,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$",
}
"""The same for JSON Schema, whose strings hold no half pairs anyway."""


def _whole(number: object) -> object:
    """JSON knows one kind of number: 7.0 is the integer 7."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WHOLE: Final = BeforeValidator(_whole)
"""For an integer of a request's body; behind its bounds, which JSON Schema shall show."""
Text = Annotated[str, AfterValidator(_printable), Field(json_schema_extra=SCHEMA)]
"""A string of a request."""

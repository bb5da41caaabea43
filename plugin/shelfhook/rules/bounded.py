"""Jinja2's sandbox with an end to everything: steps of loops, and the length of texts and lists.

The sandbox keeps a template from what is behind its values, not from going on for ever
(https://jinja.palletsprojects.com/en/stable/sandbox/, "Security considerations"). A template that
does by mistake would hold a thread of ours, or the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateAssertionError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

STEPS: Final = 10_000
"""Of all loops of a template together."""
MOST: Final = 20_000
"""Characters of a text, or entries of a list."""
BITS: Final = 4_096
"""Of a number: printing a longer one takes ever longer."""
SPREADING: Final = frozenset(
    {"center", "expandtabs", "join", "ljust", "replace", "rjust", "translate", "zfill"}
)
"""Methods of texts whose result may be far longer than what they are given; so are `FILTERS`."""
FILTERS: Final = ("batch", "center", "format", "indent", "slice", "wordwrap", "xmlattr")
GLOBALS: Final = ("cycler", "joiner", "lipsum", "range")
TOO_LONG: Final = f"makes a text or a list of more than {MOST:,} parts"


class Bounded(ImmutableSandboxedEnvironment):
    """For one rendering: what is counted is counted here."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self) -> None:
        # Plain text for phones: services that want HTML escape it for themselves.
        super().__init__(undefined=StrictUndefined, autoescape=False)
        self._left = STEPS
        for name in FILTERS:
            del self.filters[name]
        for name in GLOBALS:
            del self.globals[name]
        self.globals["range"] = _range
        self.filters |= {"replace": _replace, "counted": self._counted, "short": _short}

    def template(self, source: str) -> Any:
        """A template with its loops and texts under guard.

        Raises:
            TemplateError: it is none, or holds what could go on for ever.
        """
        return self.from_string(_Guards().visit(self.parse(source)))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Our own names before those of Python's: `digest.items` is no method."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def wrap_str_format(self, value: Any) -> None:
        """The sandbox would let `format` have its way; see `SPREADING`."""
        if super().wrap_str_format(value) is not None:
            raise SecurityError("'format' is not safely callable; write a text with ~")

    def is_safe_callable(self, obj: Any) -> bool:
        """Not the methods of texts that may make very long ones."""
        spreads = getattr(obj, "__name__", "") in SPREADING
        of_text = isinstance(getattr(obj, "__self__", None), str)
        return not (spreads and of_text) and super().is_safe_callable(obj)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The sandbox's, where the result is bounded."""
        GUARDS[operator](left, right)
        return super().call_binop(context, operator, left, right)

    def _counted(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self._left -= 1
            if self._left < 0:
                raise OverflowError(f"its loops take more than {STEPS:,} steps")
            yield value


class _Guards(NodeTransformer):
    """Wraps what loops go over, and what is joined with `~`; refuses what calls itself."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - the visitor finds it so
        self.generic_visit(node)
        if node.recursive:
            raise TemplateAssertionError("loops cannot be recursive here", node.lineno)
        node.iter = _filtered(node.iter, "counted")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - likewise
        self.generic_visit(node)
        return _filtered(node, "short")

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802 - likewise
        raise TemplateAssertionError("there are no macros here", node.lineno)

    visit_CallBlock = visit_Macro  # noqa: N815 - likewise


def _filtered(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _range(*bounds: int) -> range:
    made = range(*bounds)
    if made[STEPS:]:
        raise OverflowError(f"goes over more than {STEPS:,} numbers")
    return made


def _short(text: str) -> str:
    _fits(len(text))
    return text


def _replace(text: object, old: str, new: str, count: int = -1) -> str:
    """As Jinja2's, where the result is not too long."""
    plain = str(text)
    _fits(len(plain) + plain.count(old) * len(new))
    return plain.replace(old, new, count)


def _fits(length: int) -> None:
    if length > MOST:
        raise OverflowError(TOO_LONG)


def _bits(*numbers: Any) -> int:
    return sum(one.bit_length() for one in numbers if isinstance(one, int))


def _may_multiply(left: Any, right: Any) -> None:
    for parts, times in ((left, right), (right, left)):
        if isinstance(parts, (str, list, tuple)) and isinstance(times, int):
            _fits(len(parts) * times)
    if _bits(left, right) > BITS:
        raise OverflowError("makes too long a number")


def _may_raise(left: Any, right: Any) -> None:
    if isinstance(right, int) and _bits(left) * abs(right) > BITS:
        raise OverflowError("makes too long a number")


def _may_add(left: Any, right: Any) -> None:
    if isinstance(left, (str, list, tuple)) and isinstance(right, (str, list, tuple)):
        _fits(len(left) + len(right))


def _may_format(left: Any, _right: Any) -> None:
    if isinstance(left, str):
        raise TypeError("% is for numbers here; write a text with ~")


GUARDS: Final[Mapping[str, Callable[[Any, Any], None]]] = {
    "*": _may_multiply,
    "**": _may_raise,
    "+": _may_add,
    "%": _may_format,
}

"""Reads a page as a browser would: well-formed or not, which links, forms and words it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input", "img", "path"}


@dataclass
class Read(HTMLParser):
    """A page taken apart. `faults` is what a browser would have to mend, or must never find."""

    links: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    fields: list[dict[str, str]] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    text: str = ""
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)
        self._note(tag, given)
        self.faults += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.faults += [f"{tag} style" for name in given if name == "style"]
        if tag == "script" and "src" not in given:
            self.faults.append("script without src")

    def _note(self, tag: str, given: dict[str, str]) -> None:
        if tag == "a":
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(given)
        elif tag == "input":
            self.fields.append(given)
            if given.get("name") == "csrf_token" and self.forms:
                self.forms[-1]["token"] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open and self._open[-1] in ("button", "summary"):
            self.buttons.append(data.strip())


def read(page: str) -> Read:
    """A page taken apart."""
    found = Read()
    found.feed(page)
    found.close()
    if found._open:
        found.faults.append(f"left open: {found._open}")
    found.text = " ".join(found.text.split())
    return found

"""A book or series as the rules of `collect` see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from shelfhook.actions import collect_sorting
from shelfhook.actions.tag_subjects import Subject, Words, words_of
from shelfhook.actions.wishes import text_of
from shelfhook.archives import embedding, formats
from shelfhook.archives.trouble import told
from shelfhook.errors import Gone, Permanent
from shelfhook.model import Item
from shelfhook.ports import PlanContext


class View:
    """A book or series. What costs a call or the opening of a file is read when it is asked for.

    Attributes:
        unread: why the ComicInfo.xml could not be read; "" if it could, or was not asked for.
    """

    def __init__(self, item: Item, context: PlanContext) -> None:
        self.subject = Subject(item, context.host)
        self.item = self.subject.item
        self.words: Words = {
            name: words_of(self.item.fields[name])
            for name in ("tags", "genres")
            if name in self.item.fields
        }
        self.unread = ""
        self._context = context

    def texts(self, placeholder: str) -> Sequence[str]:
        """All values of a placeholder."""
        if placeholder == "year":
            return [date[:4]] if (date := text_of(self.item, "releaseDate")) else []
        if placeholder == "story_arc":
            return list(self.arcs)
        if placeholder == "series_group":
            return collect_sorting.listed(self._comic_info.get("SeriesGroup", ""))
        found = self.subject.texts(placeholder, self.words)
        return [text.strip() for text in found if text.strip()]

    @cached_property
    def arcs(self) -> Mapping[str, str]:
        """Story arcs, each with the book's number in it, or ""."""
        info = self._comic_info
        return collect_sorting.arcs(info.get("StoryArc", ""), info.get("StoryArcNumber", ""))

    @cached_property
    def _comic_info(self) -> Mapping[str, str]:
        try:
            with self._context.files.reading(self.item) as path:
                return _present(path)
        except (Gone, Permanent) as error:  # what else is known of the book may be enough
            self.unread = str(error)
            return {}


def _present(path: Path) -> Mapping[str, str]:
    """What the ComicInfo.xml of a CBZ says; that of other formats is not read."""
    with told(path), path.open("rb") as file:
        is_zip = formats.kind_of(file.read(formats.HEAD)) == "zip"
    return embedding.present(path) if is_zip else {}

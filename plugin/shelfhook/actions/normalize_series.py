"""What `normalize` wants of a series: see [`normalize`][shelfhook.actions.normalize]."""

from __future__ import annotations

from collections.abc import Sequence

from shelfhook.actions import folders, languages, templates
from shelfhook.actions.folders import Folder
from shelfhook.actions.normalize_parameters import MOVE_ARTICLE, NormalizeParameters
from shelfhook.actions.wishes import is_blank, text_of
from shelfhook.actions.wording import folded, plain, spellings
from shelfhook.model import Fields, Item, Value
from shelfhook.ports import Host

APOSTROPHES = ("'", "\u2019")
"""An article that ends in one needs no space behind it: "L'Incal"."""


class SeriesNames:
    """Titles, language and publisher of series, by the parameters of `normalize`."""

    def __init__(self, chosen: NormalizeParameters) -> None:
        self._chosen = chosen
        self._publishers = spellings(chosen.publishers.items())

    def wanted(self, series: Item, host: Host) -> Fields:
        """Every field that we may set, with its value; locked ones may be among them."""
        fields: dict[str, Value] = {}
        folder = folders.read(folders.name_of(series))
        title = self._title(series, folder, host)
        if title:
            fields["title"] = title
        shown = title if title and "title" not in series.locks else text_of(series, "title")
        sort = self._sort_title(series, shown, folder)
        if sort:
            fields["titleSort"] = sort
        language = languages.tag(text_of(series, "language"))
        if language and self._chosen.language_tags:
            fields["language"] = language
        publisher = self._publishers.get(folded(text_of(series, "publisher")))
        if publisher:
            fields["publisher"] = publisher
        return fields

    def _title(self, series: Item, folder: Folder, host: Host) -> str:
        present = series.fields.get("title")
        invented = present == host.normalise("series", "title", folders.name_of(series))
        if not (is_blank(present) or invented or "series.title" in self._chosen.overwrite):
            return ""
        values = {"title": folder.title, "year": folder.year, "volume": folder.volume}
        made = templates.fill_without_gaps(self._chosen.series_title, values)
        title = host.normalise("series", "title", made) if folder.title else ""
        return title if isinstance(title, str) else ""

    def _sort_title(self, series: Item, title: str, folder: Folder) -> str:
        """The title to sort by; "" if there is nothing to say. It keeps up with a new title."""
        before, present = text_of(series, "title"), text_of(series, "titleSort")
        invented = {"", plain(before), plain(title), plain(folders.name_of(series))}
        if plain(present) not in invented and "series.titleSort" not in self._chosen.overwrite:
            return ""
        wanted = self._place_of(series, title, folder) or (title if title != before else "")
        # Servers leave out accents: that is no reason to write.
        return "" if plain(wanted) == plain(present) else wanted

    def _place_of(self, series: Item, title: str, folder: Folder) -> str:
        article, rest = _split(title, self._articles_of(series))
        if self._chosen.sort_title == MOVE_ARTICLE:
            return f"{rest}, {article}" if article else title
        values = {"title": title, "year": folder.year, "volume": folder.volume}
        return templates.fill_without_gaps(
            self._chosen.sort_title, {**values, "article": article, "rest": rest}
        )

    def _articles_of(self, series: Item) -> Sequence[str]:
        # The language as it will be: a second run must see the same articles.
        written = text_of(series, "language").strip()
        language = languages.tag(written) or written.lower() or "default"
        articles = self._chosen.articles
        return articles.get(language, articles.get(language.partition("-")[0], ()))


def _split(title: str, articles: Sequence[str]) -> tuple[str, str]:
    """A leading article ("" if there is none) and the rest of the title."""
    for article in sorted(articles, key=len, reverse=True):
        behind = title[len(article) :]
        bound = article.endswith(APOSTROPHES) or behind[:1].isspace()
        if title[: len(article)].casefold() == article.casefold() and bound and behind.strip():
            return title[: len(article)], behind.strip()
    return "", title

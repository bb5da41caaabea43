"""What can be chosen for `tags`: edits of words, and rules for age rating and reading direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from shelfhook.actions import toml_files
from shelfhook.actions.age_ratings import AgeRating
from shelfhook.actions.wording import end_of, folded, spellings
from shelfhook.errors import ConfigurationError

Globs: TypeAlias = str | tuple[str, ...]
Direction: TypeAlias = Literal["LEFT_TO_RIGHT", "RIGHT_TO_LEFT", "VERTICAL", "WEBTOON"]


class Where(BaseModel):
    """Which books and series a rule is for: every condition that is set must hold.

    A condition is a glob or a list of them, of which one must fit the whole text; case does not
    matter. Publisher, language and genre of a book that has none are those of its series.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    series: Globs = Field(default=(), description="Title of the series.")
    file: Globs = Field(default=(), description="File name with extension; no series has one.")
    folder: Globs = Field(
        default=(),
        description="The host's path of the folder that holds the book, or of the series' own; "
        "'*' stands for slashes, too, so '*/Manga*' finds all below a folder Manga.",
    )
    publisher: Globs = Field(default=(), description="The publisher; '' fits where none is set.")
    language: Globs = Field(default=(), description="The language, such as 'ja' or 'pt-*'.")
    tag: Globs = Field(default=(), description="One of the tags.")
    genre: Globs = Field(default=(), description="One of the genres.")


class TagEdit(BaseModel):
    """One edit of tags or genres: first spelling, then removing, then adding."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Literal["tags", "genres"] = Field(
        default="tags", description="Which words of a book or series are edited."
    )
    on: Literal["book", "series", "both"] = Field(
        default="both", description="Whether books are edited, series, or both."
    )
    where: Where = Field(default=Where(), description="Only where this holds. Empty: everywhere.")
    case: Literal["keep", "lower", "title"] = Field(
        default="keep",
        description="How words are written that no other key spells: as they are, in lower case, "
        "or each with a capital.",
    )
    rename: dict[str, str] = Field(
        default={},
        description="Words and what each becomes, such as 'sci-fi' = 'science fiction'. Case of "
        "the old word does not matter.",
    )
    synonyms: dict[str, tuple[str, ...]] = Field(
        default={},
        description="The same the other way round: a word and those that become it, such as "
        "'science fiction' = ['sci-fi', 'sf'].",
    )
    remove: tuple[str, ...] = Field(
        default=(), description="Globs of words to remove, such as 'scan*'. Case does not matter."
    )
    add: tuple[str, ...] = Field(
        default=(),
        description="Words to add where they are missing; they stay although 'remove' fits them.",
    )

    @field_validator("remove", "add")
    @classmethod
    def _no_blanks(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if not all(word.strip() for word in words):
            raise ValueError("a word is blank")
        return words

    @model_validator(mode="after")
    def _comes_to_an_end(self) -> Self:
        spellings(self.replacements())
        return self

    def replacements(self) -> Iterator[tuple[str, str]]:
        """Every old word and its new one, of `rename` and `synonyms`."""
        yield from self.rename.items()
        for word, others in self.synonyms.items():
            yield from ((other, word) for other in others)

    @property
    def is_idle(self) -> bool:
        """Whether it never does anything."""
        spelt = self.rename or any(self.synonyms.values()) or self.case != "keep"
        return not (spelt or self.remove or self.add)


class AgeRatingRule(BaseModel):
    """The age rating of some series."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    where: Where = Field(default=Where(), description="Only where this holds. Empty: everywhere.")
    rating: AgeRating = Field(description="The rating, in ComicInfo's words.")
    overwrite: bool = Field(default=False, description="Also replace a rating that is set.")


class ReadingDirectionRule(BaseModel):
    """The reading direction of some series."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    where: Where = Field(default=Where(), description="Only where this holds. Empty: everywhere.")
    direction: Direction = Field(description="The direction.")
    overwrite: bool = Field(default=False, description="Also replace a direction that is set.")


class TagTable(TagEdit):
    """One edit and lists of rules: what stands in a file, and most of the parameters."""

    rules: tuple[TagEdit, ...] = Field(
        default=(),
        description="More edits, each with its own field, on and where. They run in this order, "
        "after the edit beside them, and each sees what the ones before have made.",
    )
    age_rating: tuple[AgeRatingRule, ...] = Field(
        default=(),
        description="Age ratings of series, after all edits. The first rule that fits fills an "
        "empty rating; the last one with overwrite replaces any.",
    )
    reading_direction: tuple[ReadingDirectionRule, ...] = Field(
        default=(), description="Reading directions of series, in the same way."
    )

    @property
    def edits(self) -> tuple[TagEdit, ...]:
        """The edits that do something, in order."""
        return tuple(edit for edit in (self, *self.rules) if not edit.is_idle)


class TagsParameters(TagTable):
    """Which tags and genres are edited, and what else follows from them."""

    file: str = Field(
        default="",
        description="Path of a TOML file with the same keys, whose edits and rules run before "
        "those here. A relative path starts at the working directory of the service.",
    )

    _table: TagTable = PrivateAttr(default=TagTable())

    @property
    def tables(self) -> tuple[TagTable, TagTable]:
        """What the file says, then what the parameters themselves say."""
        return self._table, self

    @model_validator(mode="after")
    def _file_is_sound(self) -> Self:
        # Read here, not when the first item comes, so that `shelfhook check` finds what is wrong.
        try:
            if self.file:
                self._table = toml_files.read(self.file, TagTable)
        except ConfigurationError as error:
            raise ValueError("; ".join(error.faults)) from error
        _no_circle(edit for table in self.tables for edit in table.edits)
        return self


def _no_circle(edits: Iterable[TagEdit]) -> None:
    """Refuse renames of several edits that together turn a word into itself again.

    Edits under different conditions are not compared: whether they meet, only an item can tell.
    """
    tables: dict[tuple[str, str, Where], dict[str, str]] = {}
    for edit in edits:
        for entity in ("book", "series") if edit.on == "both" else (edit.on,):
            table = tables.setdefault((entity, edit.field, edit.where), {})
            for old, new in edit.replacements():
                table.setdefault(folded(old), new)
    for table in tables.values():
        for old in table:
            end_of(old, table)

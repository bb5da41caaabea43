"""What can be chosen for `normalize`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shelfhook.actions import templates, wording

BOOK_PLACEHOLDERS = frozenset({"series", "number", "year"})
ISSUE_PLACEHOLDERS = BOOK_PLACEHOLDERS | {"volume"}
SERIES_PLACEHOLDERS = frozenset({"title", "year", "volume"})
SORT_PLACEHOLDERS = SERIES_PLACEHOLDERS | {"article", "rest"}
MOVE_ARTICLE = "move-article"


class NormalizeParameters(BaseModel):
    """How titles are made and what counts as empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    replace_stem: bool = Field(
        default=True,
        description="Also replace a title that is the file's name: the server invented it. "
        "False: only blank titles.",
    )
    replace_position: bool = Field(
        default=True,
        description="Also replace a number that is the book's place in the series: the server "
        "counted it. False: only blank numbers.",
    )
    title_template: str = Field(
        default="{series} #{number}",
        description="Title of a book whose file name holds none. Placeholders: {series}, "
        "{number}, {year}. Empty: such a book keeps its title.",
    )
    volume_template: str = Field(
        default="{series} Vol. {number}",
        description="The same for a whole volume, such as 'Saga v03.cbz'.",
    )
    volume_issue_template: str = Field(
        default="",
        description="The same for an issue of a numbered volume, such as 'Saga v02 #03.cbz'; also "
        "knows {volume}. Empty: as title_template.",
    )
    clean_titles: Literal["off", "stem", "always"] = Field(
        default="stem",
        description="Take scanners' brackets such as '(Digital) (Zone)' or '[c2c]' off the end of "
        "a book's title. stem: only while the title is the file's name and the name gives no "
        "better one; underscores become spaces, too. always: off every title.",
    )
    pad_number: int = Field(
        default=0,
        ge=0,
        le=6,
        description="Digits of a book's number before the decimal point: with 3, '7' becomes "
        "'007'. The sorting number stays. 0: numbers are not padded.",
    )
    date_from_year: bool = Field(
        default=False,
        description="Fill an empty release date from '(2012)', '(2012-03)' or '(2012-03-14)' in "
        "the file's name. The first day of the year or month is invented, hence not the default.",
    )
    series_title: str = Field(
        default="",
        description="Template for the title of a series whose title is blank or its folder's name. "
        "Placeholders: {title} (without scanners' brackets, year and volume), {year}, {volume}; "
        "brackets around one that is missing are left out. Empty: series keep their titles.",
    )
    sort_title: str = Field(
        default="",
        description="How a series sorts, where nobody has said so. move-article: 'Walking Dead, "
        "The'. Or a template of {title}, {rest} (the title without its article), {article}, "
        "{year} and {volume}, such as '{rest}'. Empty: it stays.",
    )
    articles: dict[str, tuple[str, ...]] = Field(
        default={"default": ("The", "A", "An"), "en": ("The", "A", "An")},
        description="Leading articles by the series' language. default: of series without a "
        "language. A series of another language than those named here has none.",
    )
    language_tags: bool = Field(
        default=True,
        description="Write a series' language as a BCP 47 tag where it is surely another notation "
        "of one: 'english' and 'eng' become 'en', 'pt_br' becomes 'pt-BR'.",
    )
    publishers: dict[str, str] = Field(
        default={},
        description="Publishers' other names and the one to use, such as 'DC' = 'DC Comics'. Case "
        "does not matter.",
    )
    overwrite: tuple[
        Literal["title", "number", "releaseDate", "series.title", "series.titleSort"], ...
    ] = Field(
        default=(),
        description="Fields to set even where somebody has filled them. number stands for the "
        "sorting number, too. Locked fields stay.",
    )

    @field_validator("title_template", "volume_template")
    @classmethod
    def _of_a_book(cls, template: str) -> str:
        return templates.checked(template, BOOK_PLACEHOLDERS)

    @field_validator("volume_issue_template")
    @classmethod
    def _of_an_issue(cls, template: str) -> str:
        return templates.checked(template, ISSUE_PLACEHOLDERS)

    @field_validator("series_title")
    @classmethod
    def _of_a_series(cls, template: str) -> str:
        return templates.checked(template, SERIES_PLACEHOLDERS)

    @field_validator("sort_title")
    @classmethod
    def _of_its_place(cls, template: str) -> str:
        if template and template != MOVE_ARTICLE and "{" not in template:
            raise ValueError(f"neither '{MOVE_ARTICLE}' nor a template such as '{{rest}}'")
        return templates.checked(template, SORT_PLACEHOLDERS)

    @field_validator("publishers")
    @classmethod
    def _to_one_name(cls, publishers: dict[str, str]) -> dict[str, str]:
        wording.spellings(publishers.items())
        return publishers

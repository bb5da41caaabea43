"""What `normalize` wants of a book: see [`normalize`][shelfhook.actions.normalize]."""

from __future__ import annotations

from shelfhook.actions import cleaning, file_dates, filenames, templates, wishes
from shelfhook.actions.filenames import FileName
from shelfhook.actions.normalize_parameters import NormalizeParameters
from shelfhook.actions.wishes import is_blank, text_of
from shelfhook.model import Fields, Item, Value
from shelfhook.ports import Host


def wanted(book: Item, chosen: NormalizeParameters, host: Host) -> Fields:
    """Every field that we may set, with its value; locked ones may be among them."""
    held = wishes.of_series(book, host)
    name = _name(book, held, host)
    ours, title = _titles(book, name, chosen, host)
    fields: dict[str, Value] = {"title": title} if title else {}
    # Asked about the title as it will be, so that a second run gives the same answer.
    shown = title if title and "title" not in book.locks else book.fields.get("title")
    present = text_of(book, "number")
    number = present
    if name is not None and _number_is_empty(book, shown == ours, chosen, host):
        number = name.number.text
        fields["numberSort"] = name.number.sort
        if "title" in held and name.series:
            fields["series"] = name.series
    number = filenames.padded(number, chosen.pad_number)
    if number != present:
        fields["number"] = number
    return {**fields, **_date(book, chosen)}


def _name(book: Item, held: Fields, host: Host) -> FileName | None:
    """What the file's name says, unless it was made of what we or others have written.

    Where the book holds its series' name, what says no series says nothing; and what a tidier title
    would say is said at once, not in the next run.
    """
    if "title" not in held:
        return filenames.read(book.name)
    if not (is_blank(held["title"]) and _is_stem(book, host)):
        return None
    tidy = cleaning.clean(cleaning.spaced(filenames.stem(book.name)))
    found = (filenames.read(name) for name in (book.name, f"{tidy}.cbz"))
    return next((one for one in found if one is not None and one.series), None)


def _titles(
    book: Item, name: FileName | None, chosen: NormalizeParameters, host: Host
) -> tuple[Value, Value]:
    """The title that we would give a book, and the one to write; "" for none."""
    invented = chosen.replace_stem and _is_stem(book, host)
    given = host.normalise("book", "title", _given(name, chosen) if name else "")
    if given:
        empty = is_blank(book.fields.get("title")) or "title" in chosen.overwrite
        if empty or invented:
            return given, given
    tidy = given or host.normalise("book", "title", _tidy(book, name, chosen))
    if invented:
        return tidy, tidy
    always = chosen.clean_titles == "always"
    return tidy, cleaning.clean(text_of(book, "title")) if always else ""


def _given(name: FileName, chosen: NormalizeParameters) -> str:
    """The title in the file's name, or one from the template for such names."""
    values = {"series": name.series, "number": name.number.text, "year": name.year}
    values["volume"] = name.volume
    return name.title or templates.fill(_template(name, chosen), values)


def _template(name: FileName, chosen: NormalizeParameters) -> str:
    if name.volume_only:
        return chosen.volume_template
    if name.volume and chosen.volume_issue_template:
        return chosen.volume_issue_template
    return chosen.title_template


def _tidy(book: Item, name: FileName | None, chosen: NormalizeParameters) -> str:
    """The file's name without scanners' brackets; "" where a book is to keep its title."""
    keeps = name is not None and not _template(name, chosen)
    if keeps or chosen.clean_titles == "off":
        return ""
    return cleaning.clean(cleaning.spaced(filenames.stem(book.name)))


def _number_is_empty(book: Item, is_ours: bool, chosen: NormalizeParameters, host: Host) -> bool:
    # The sorting number goes with the number: one that is locked or set keeps the other.
    if "number" in book.locks:
        return False
    if is_blank(book.fields.get("number")) or "number" in chosen.overwrite:
        return True
    untouched = is_blank(book.fields.get("title")) or _is_stem(book, host) or is_ours
    return chosen.replace_position and untouched and _looks_counted(book.fields)


def _is_stem(book: Item, host: Host) -> bool:
    return book.fields.get("title") == host.normalise("book", "title", filenames.stem(book.name))


def _looks_counted(fields: Fields) -> bool:
    number, sort = fields.get("number"), fields.get("numberSort")
    if not isinstance(sort, int | float) or not float(sort).is_integer():
        return False
    return sort >= 1 and number == str(int(sort))  # servers count from one, without zeros


def _date(book: Item, chosen: NormalizeParameters) -> Fields:
    said = file_dates.said(book.name) if chosen.date_from_year else ""
    present = book.fields.get("releaseDate")
    knows_better = str(present).startswith(said)  # the day of the very year that the name says
    if said and (is_blank(present) or ("releaseDate" in chosen.overwrite and not knows_better)):
        return {"releaseDate": file_dates.first_day(said)}
    return {}

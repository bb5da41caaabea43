"""`embed` writes into a file what the host says and the file does not, and nothing else."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shelfhook.actions.embed import Embed, EmbedParameters
from shelfhook.actions.embed_fields import KNOWN
from shelfhook.archives.comicinfo import merge, read
from shelfhook.archives.comicinfo_schema import AGE_RATINGS, ORDER
from shelfhook.errors import Gone, Permanent
from shelfhook.hosts.komga.normal import normal
from shelfhook.model import Change, ChangeKind, Fields, Finding, Item, Severity, Value
from shelfhook.ports import Planned
from tests.actions.hosts import ShelfHost
from tests.support.books import cbz, pages
from tests.support.contexts import FolderFiles, context

BOOK: Fields = {
    "title": "Low Water",
    "number": "12",
    "numberSort": 12.0,
    "summary": "It ebbs.",
    "releaseDate": "2014-05-17",
    "authors": [
        {"name": "Ann Lee", "role": "writer"},
        {"name": "Bo Ek", "role": "writer"},
        {"name": "Cy Roe", "role": "cover"},
    ],
    "tags": ["harbour", "noir"],
    "isbn": "9780000000002",
    "links": [{"label": "a", "url": "https://a.example/1"}, {"label": "b", "url": "https://b/"}],
}
SERIES: Fields = {
    "title": "Iron Harbor",
    "publisher": "Quay Press",
    "readingDirection": "RIGHT_TO_LEFT",
    "ageRating": 13,
    "language": "en-GB",
    "genres": ["crime"],
    "totalBookCount": 24,
    "summary": "never written",
}
ALL = {
    "Title": "Low Water",
    "Series": "Iron Harbor",
    "Number": "12",
    "Count": "24",
    "Summary": "It ebbs.",
    "Year": "2014",
    "Month": "5",
    "Day": "17",
    "Writer": "Ann Lee, Bo Ek",
    "CoverArtist": "Cy Roe",
    "Publisher": "Quay Press",
    "Genre": "crime",
    "Tags": "harbour, noir",
    "Web": "https://a.example/1 https://b/",
    "LanguageISO": "en-GB",
    "Manga": "YesAndRightToLeft",
    "AgeRating": "Teen",
    "GTIN": "9780000000002",
}


class KomgaLike(ShelfHost):
    """Stores values as Komga does."""

    kind = "komga"

    def normalise(self, entity: str, field: str, value: Value) -> Value:
        return normal(entity, field, value)


class Shelf:
    """One book in a folder, with its series, at a host."""

    def __init__(self, folder: Path, *, name: str = "Iron Harbor 012.cbz") -> None:
        self.path = folder / name
        self.book = Item("B1", name, series="S1", path=str(self.path), fields=BOOK)
        self.series = Item("S1", "Iron Harbor", fields=SERIES, entity="series")
        self.plan_says: Sequence[Planned] = []
        self.kind: type[ShelfHost] = KomgaLike

    def file(self, info: Mapping[str, str] | None = None) -> Shelf:
        entries = pages(2)
        if info is not None:
            entries = {**entries, "ComicInfo.xml": merge(None, info)}
        cbz(self.path, entries)
        return self

    def with_book(self, **fields: Value) -> Shelf:
        self.book = replace(self.book, fields={**self.book.fields, **fields})
        return self

    def with_series(self, **fields: Value) -> Shelf:
        self.series = replace(self.series, fields={**self.series.fields, **fields})
        return self

    def plan(self, **parameters: object) -> Sequence[Planned]:
        action = Embed(EmbedParameters.model_validate(parameters))
        self.host = self.kind(self.book, self.series)
        self.plan_says = action.plan(self.book, context(self.host, files=FolderFiles()))
        return self.plan_says

    def wanted(self, **parameters: object) -> Mapping[str, Value]:
        """What the plan would write, by element."""
        changes = [one for one in self.plan(**parameters) if is_file(one)]
        assert len(changes) <= 1
        return changes[0].after["comicinfo"] if changes else {}  # type: ignore[union-attr,return-value] # a change of a file, see above

    def apply(self) -> dict[str, str]:
        """Do what was planned last, as the engine does; gives what the file says then."""
        for change in self.plan_says:
            if is_file(change):
                target = self.path.with_name("new")
                action = Embed(EmbedParameters())
                action.build(change, target, context(self.host, files=FolderFiles()))  # type: ignore[arg-type] # a change, see above
                target.replace(self.path)
        return said(self.path)


def is_file(planned: Planned) -> bool:
    return isinstance(planned, Change) and planned.kind is ChangeKind.FILE


def said(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return read(archive.read("ComicInfo.xml"))


def test_a_file_without_comicinfo_gets_all_that_the_host_says(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file()

    assert shelf.plan() == [
        Change(
            ChangeKind.FILE,
            "book",
            "B1",
            before={"path": str(shelf.path), "comicinfo": dict.fromkeys(ALL, "")},
            after={"path": str(shelf.path), "comicinfo": ALL},
        ),
        Change(ChangeKind.COMMAND, "book", "B1", command="analyze"),
    ]
    assert shelf.apply() == ALL
    assert shelf.plan() == []


def test_only_what_differs_is_written_with_what_stood_there(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file({**ALL, "Title": "Old", "Notes": "mine", "Summary": ""})

    change = shelf.plan()[0]

    assert isinstance(change, Change)
    assert change.before["comicinfo"] == {"Title": "Old", "Summary": ""}
    assert change.after["comicinfo"] == {"Title": "Low Water", "Summary": "It ebbs."}
    assert shelf.apply() == {**ALL, "Notes": "mine"}


@pytest.mark.parametrize(
    "present",
    [
        {"Tags": "Noir,  Harbour", "Genre": "Crime"},
        {"Writer": "Bo Ek,Ann Lee", "GTIN": "978-0-00-000000-2"},
        {"Manga": "YesAndRightToLeft", "AgeRating": "teen"},
        {"Year": "2014", "Month": "05", "Day": "17", "LanguageISO": "EN-gb"},
        {"Web": "https://b/   https://a.example/1", "Count": "024"},
        {"Title": " Low Water\n"},
    ],
)
def test_what_means_the_same_to_the_host_is_left_alone(
    tmp_path: Path, present: Mapping[str, str]
) -> None:
    document = b"<ComicInfo>" + b"".join(
        f"<{name}>{text}</{name}>".encode() for name, text in {**ALL, **present}.items()
    )
    shelf = Shelf(tmp_path)
    cbz(shelf.path, {**pages(1), "ComicInfo.xml": document + b"</ComicInfo>"})

    assert shelf.plan() == []


@pytest.mark.parametrize(
    ("present", "field", "value", "text"),
    [
        ("Noir, Sea", "tags", ["sea", "noir", "fog"], "Noir, Sea, fog"),
        ("Noir, Sea", "tags", ["sea"], "Sea"),
        ("", "tags", ["sea", "noir"], "noir, sea"),
    ],
)
def test_words_of_a_list_stay_as_the_file_spells_them(
    tmp_path: Path, present: str, field: str, value: Value, text: str
) -> None:
    stored = normal("book", field, value)
    shelf = Shelf(tmp_path).file({**ALL, "Tags": present}).with_book(**{field: stored})

    assert shelf.wanted() == {"Tags": text}


@pytest.mark.parametrize(
    ("fields", "texts"),
    [
        ({"releaseDate": "2014-01-01"}, {"Year": "2014", "Month": "1", "Day": "1"}),
        ({"releaseDate": "2014"}, {"Year": "2014"}),
        ({"releaseDate": "soon"}, {}),
        ({"summary": "a\x00\r\nb\ud800"}, {"Summary": "a\nb"}),
        ({"tags": ["a, b", " , ", "c"]}, {"Tags": "a b, c"}),
        (
            {"authors": [{"name": "King, Jr.", "role": "writer"}, {"name": "X", "role": "chef"}]},
            {"Writer": "King Jr."},
        ),
        ({"authors": ["Ann Lee", "Bo Ek"]}, {"Writer": "Ann Lee, Bo Ek"}),
        (
            {"links": [{"label": "", "url": "http://a/b c"}, {"label": "x", "url": ""}]},
            {"Web": "http://a/b%20c"},
        ),
    ],
)
def test_fields_of_a_book_become_texts(
    tmp_path: Path, fields: Fields, texts: Mapping[str, str]
) -> None:
    shelf = Shelf(tmp_path).file()
    shelf.book = replace(shelf.book, fields=fields, series="")

    assert shelf.wanted() == texts
    if texts:
        shelf.apply()
    assert shelf.wanted() == {}


@pytest.mark.parametrize(
    ("fields", "texts"),
    [
        ({"ageRating": 0}, {"AgeRating": "Everyone"}),
        ({"ageRating": 16}, {"AgeRating": "Mature 17+"}),
        ({"ageRating": 1}, {"AgeRating": "Early Childhood"}),
        ({"ageRating": 21}, {"AgeRating": "Adults Only 18+"}),
        ({"ageRating": -1}, {}),
        ({"ageRating": None}, {}),
        ({"readingDirection": "LEFT_TO_RIGHT"}, {"Manga": "No"}),
        ({"readingDirection": "WEBTOON"}, {}),
        ({"readingDirection": None}, {}),
        ({"totalBookCount": 0}, {}),
        ({"language": ""}, {}),
        ({"publisher": "  "}, {}),
    ],
)
def test_fields_of_a_series_become_texts(
    tmp_path: Path, fields: Fields, texts: Mapping[str, str]
) -> None:
    shelf = Shelf(tmp_path).file()
    shelf.book = replace(shelf.book, fields={})
    shelf.series = replace(shelf.series, fields=fields)

    assert shelf.wanted() == texts


@pytest.mark.parametrize(
    ("age", "present"), [(18, "R18+"), (18, "X18+"), (17, "M"), (0, "G"), (15, "MA 15+")]
)
def test_another_word_for_the_same_age_stays(tmp_path: Path, age: int, present: str) -> None:
    assert present.replace(" ", "") in {word.replace(" ", "") for word in AGE_RATINGS}
    shelf = Shelf(tmp_path).with_series(ageRating=age)
    old = {name: text for name, text in ALL.items() if name != "AgeRating"}
    document = merge(None, old).replace(
        b"</ComicInfo>", f"<AgeRating>{present}</AgeRating></ComicInfo>".encode()
    )
    cbz(shelf.path, {**pages(1), "ComicInfo.xml": document})

    assert shelf.plan() == []


EMPTY: Fields = {
    "title": "Low Water",
    "number": "12",
    "summary": "",
    "releaseDate": None,
    "authors": [],
    "tags": [],
    "isbn": "",
    "links": [],
}


def test_what_the_host_does_not_say_stays(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file(ALL)
    shelf.book = replace(shelf.book, fields=EMPTY)
    shelf.series = replace(shelf.series, fields={"title": "Iron Harbor", "ageRating": None})

    assert shelf.plan() == []


def test_what_the_host_does_not_say_goes_on_request(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file({**ALL, "Notes": "mine", "Penciller": "Di Voe"})
    shelf.book = replace(shelf.book, fields=EMPTY)
    shelf.series = replace(shelf.series, fields={"title": "Iron Harbor", "ageRating": None})

    gone = shelf.wanted(clear=True)

    assert set(gone.values()) == {""}
    assert shelf.apply() == {
        name: text for name, text in {**ALL, "Notes": "mine"}.items() if name not in gone
    }
    assert {"Year", "Month", "Day", "Penciller", "AgeRating", "Web"} <= set(gone)
    assert "Publisher" not in gone  # the host has no such field, which is not an empty one
    assert shelf.plan(clear=True) == []


def test_a_role_that_nobody_has_any_more_goes_only_on_request(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file({**ALL, "Inker": "Di Voe"})

    assert shelf.wanted() == {}
    assert shelf.wanted(clear=True) == {"Inker": ""}


def test_a_title_and_a_number_that_the_server_invented_are_not_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file().with_book(title="Iron Harbor 012", number="3")

    assert not {"Title", "Number"} & set(shelf.wanted())
    shelf.book = replace(shelf.book, locks=frozenset({"number"}))
    assert {"Title", "Number"} & set(shelf.wanted()) == {"Number"}
    shelf.book = replace(shelf.book, locks=frozenset({"title"}))
    assert {"Title", "Number"} <= set(shelf.wanted())


def test_a_title_of_the_file_that_the_host_has_not_read_yet_is_safe(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file({**ALL, "Title": "Real", "Number": "12"})
    shelf.with_book(title="Iron Harbor 012", number="1")

    assert shelf.plan() == []
    assert shelf.plan(clear=True) == []


def test_another_name_of_the_series_is_a_finding_and_not_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file({**ALL, "Series": "Iron Harbour", "Title": "Old"})

    finding, change, _ = shelf.plan()

    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("embed.series-differs", Severity.INFO)
    assert "'Iron Harbour'" in finding.message and "'Iron Harbor'" in finding.message
    assert isinstance(change, Change)
    assert change.after["comicinfo"] == {"Title": "Low Water"}
    assert shelf.apply()["Series"] == "Iron Harbour"
    assert [type(one) for one in shelf.plan()] == [Finding]


def test_a_series_is_renamed_on_request(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file({**ALL, "Series": "Iron Harbour"})

    assert shelf.wanted(rename_series=True) == {"Series": "Iron Harbor"}
    assert not any(isinstance(one, Finding) for one in shelf.plan_says)


@pytest.mark.parametrize(
    ("present", "title", "wanted"),
    [
        ({"Series": "Saga", "Volume": "2014"}, "Saga (2014)", None),
        ({"Series": "Saga (2014)", "Volume": "2014"}, "Saga (2014)", None),
        ({"Volume": "2014"}, "Saga (2014)", "Saga"),
        ({"Series": "Sage", "Volume": "2014"}, "Saga (2014)", "Saga"),
        ({"Series": "Sage", "Volume": "2014"}, "Saga (2015)", "Saga (2015)"),
        ({}, "Saga (2014)", "Saga (2014)"),
    ],
)
def test_the_volume_that_komga_appends_is_no_part_of_the_name(
    tmp_path: Path, present: Mapping[str, str], title: str, wanted: str | None
) -> None:
    shelf = Shelf(tmp_path).file({**ALL, "Series": "", **present}).with_series(title=title)

    assert shelf.wanted(rename_series=True).get("Series") == wanted


@pytest.mark.parametrize("series", ["", "vanished"])
def test_without_its_series_a_book_is_still_written(tmp_path: Path, series: str) -> None:
    shelf = Shelf(tmp_path).file()
    shelf.book = replace(shelf.book, series=series)

    wanted = shelf.wanted()

    assert wanted["Title"] == "Low Water"
    assert "Series" not in wanted


def test_only_chosen_elements_are_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file()

    assert shelf.wanted(elements=["Tags", "Year"]) == {"Tags": "harbour, noir", "Year": "2014"}
    shelf.apply()
    assert shelf.plan(elements=["Tags", "Year"]) == []


def test_an_unknown_element_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValidationError, match="unknown element 'Titel'; use only Title, Series"):
        EmbedParameters(elements=("Titel",))


def test_the_known_elements_stand_in_the_order_of_the_schema() -> None:
    assert list(KNOWN) == sorted(KNOWN, key=ORDER.__getitem__)


@pytest.mark.parametrize(
    ("analyze", "can", "commands"), [(True, True, 1), (False, True, 0), (True, False, 0)]
)
def test_the_host_looks_again_if_it_can_and_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, analyze: bool, can: bool, commands: int
) -> None:
    monkeypatch.setattr(KomgaLike, "capabilities", frozenset({"analyze"} if can else ()))

    planned = Shelf(tmp_path).file().plan(analyze=analyze)

    assert len(planned) == 1 + commands


@pytest.mark.parametrize(
    ("name", "content", "message", "remedy"),
    [
        ("a.cbr", b"Rar!\x1a\x07\x00", "it is a RAR archive", "action convert"),
        ("a.cbz", b"Rar!\x1a\x07\x00", "it is a RAR archive", "action convert"),
        ("a.cbr", b"PK\x03\x04", "it is a ZIP archive, but is not named so", "action convert"),
        ("a.epub", b"PK\x03\x04", "it is a ZIP archive, but is not named so", "None"),
        ("a.pdf", b"%PDF-1.7", "it is a PDF document", "None"),
        ("a.cbz", b"", "it is empty", "None"),
    ],
)
def test_a_file_that_is_no_cbz_is_a_finding(
    tmp_path: Path, name: str, content: bytes, message: str, remedy: str
) -> None:
    shelf = Shelf(tmp_path, name=name)
    shelf.path.write_bytes(content)

    (finding,) = shelf.plan()

    assert isinstance(finding, Finding)
    assert finding.code == "embed.not-a-cbz"
    assert message in finding.message
    assert remedy in finding.remedy


def test_what_cannot_be_changed_safely_fails_before_anything_is_changed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    cbz(shelf.path, {**pages(1), "ComicInfo.xml": b"<ComicInfo><Title>"})
    with pytest.raises(Permanent, match="not well-formed"):
        shelf.plan()

    shelf.path.write_bytes(shelf.path.read_bytes() + b"trailing")
    with pytest.raises(Permanent, match="run the action audit"):
        shelf.plan()

    shelf.path.unlink()
    with pytest.raises(Gone):
        shelf.plan()


def test_pages_stay_and_the_old_file_is_not_touched_by_a_build(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path).file()
    before = shelf.path.read_bytes()
    (change, _) = shelf.plan()
    assert isinstance(change, Change)
    target = tmp_path / "new"

    Embed(EmbedParameters()).build(change, target, context(shelf.host))

    assert shelf.path.read_bytes() == before
    with zipfile.ZipFile(target) as new, zipfile.ZipFile(shelf.path) as old:
        assert new.namelist() == [*old.namelist(), "ComicInfo.xml"]
        assert all(new.read(name) == old.read(name) for name in old.namelist())


TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["", " ", "a, b", "Ann Lee", "\r\n"]))
WORDS = st.lists(TEXTS, max_size=4)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXTS,
        "number": TEXTS,
        "summary": TEXTS,
        "releaseDate": st.one_of(st.none(), st.dates().map(str), TEXTS),
        "authors": st.lists(
            st.fixed_dictionaries(
                {"name": TEXTS, "role": st.sampled_from(["writer", "cover", "inker", "chef"])}
            ),
            max_size=4,
        ),
        "tags": WORDS,
        "isbn": TEXTS,
        "links": st.lists(st.fixed_dictionaries({"label": TEXTS, "url": TEXTS}), max_size=3),
    },
)
SERIES_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXTS,
        "publisher": TEXTS,
        "readingDirection": st.sampled_from([None, "LEFT_TO_RIGHT", "RIGHT_TO_LEFT", "VERTICAL"]),
        "ageRating": st.one_of(st.none(), st.integers(-1, 30)),
        "language": st.sampled_from(["", "en", "zh-Hant", "pt-BR", "x y"]),
        "genres": WORDS,
        "totalBookCount": st.one_of(st.none(), st.integers(-1, 999)),
    },
)
PRESENT = st.dictionaries(
    st.sampled_from(["Title", "Series", "Writer", "Tags", "Genre", "Web", "GTIN", "Notes"]),
    TEXTS,
    max_size=5,
)
SWITCHES = st.fixed_dictionaries({"clear": st.booleans(), "rename_series": st.booleans()})


@given(FIELDS, SERIES_FIELDS, PRESENT, SWITCHES, st.booleans())
def test_a_second_run_finds_nothing_to_do(
    tmp_path_factory: pytest.TempPathFactory,
    book: Fields,
    series: Fields,
    present: Mapping[str, str],
    switches: Mapping[str, bool],
    komga: bool,
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("shelf")).file(present)
    shelf.kind = KomgaLike if komga else ShelfHost
    if komga:
        book = {name: normal("book", name, value) for name, value in book.items()}
        series = {name: normal("series", name, value) for name, value in series.items()}
    shelf.book = replace(shelf.book, fields=book)
    shelf.series = replace(shelf.series, fields=series)

    shelf.plan(**switches)
    if any(map(is_file, shelf.plan_says)):
        shelf.apply()

    assert not any(isinstance(one, Change) for one in shelf.plan(**switches))

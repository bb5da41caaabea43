"""ComicInfo.xml is read without danger, and changed only where it must be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfhook.archives.comicinfo import clean, merge, read
from shelfhook.archives.comicinfo_layout import LIMIT
from shelfhook.archives.comicinfo_schema import ELEMENTS, INTEGERS, NESTED, WORDS
from shelfhook.errors import Permanent
from tests.support.naming import named

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
RICH = b"""<?xml version="1.0" encoding="utf-8"?>
<ComicInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:own="urn:own">
  <!-- made by hand -->
  <Series lang="en">Iron Harbor</Series>
  <Count xsi:nil="true" />
  <Writer>Ann Lee</Writer>
  <own:Shelf where="attic"><Title>not the title</Title></own:Shelf>
  <Pages>
    <Page Image="0" Type="FrontCover" />
  </Pages>
  <Rating><![CDATA[5 < 6]]></Rating>
</ComicInfo>
"""


def test_a_new_document_declares_utf8_and_keeps_the_order_of_the_schema() -> None:
    made = merge(None, {"GTIN": "9780000000002", "Title": "A & B", "Count": "3"})

    assert made == (
        DECLARATION + b"\n<ComicInfo>\n  <Title>A &amp; B</Title>\n  <Count>3</Count>\n"
        b"  <GTIN>9780000000002</GTIN>\n</ComicInfo>\n"
    )


def test_a_merge_leaves_every_other_byte_as_it_is() -> None:
    made = merge(RICH, {"Title": "Low Water", "Series": "Iron Harbour", "Count": "6", "Writer": ""})

    assert made == (
        RICH.replace(b'encoding="utf-8"', b'encoding="UTF-8"')
        .replace(b'urn:own">', b'urn:own">\n  <Title>Low Water</Title>', 1)
        .replace(b">Iron Harbor<", b">Iron Harbour<")
        .replace(b'<Count xsi:nil="true" />', b"<Count>6</Count>")
        .replace(b"\n  <Writer>Ann Lee</Writer>", b"")
    )


@pytest.mark.parametrize(
    ("existing", "inside"),
    [
        (b"<ComicInfo/>", b"\n  <Title>T</Title>\n"),
        (b"<ComicInfo ></ComicInfo>", b"\n  <Title>T</Title>\n"),
        (b"<ComicInfo>\r\n</ComicInfo>", b"\n  <Title>T</Title>\r\n"),
        (b"<ComicInfo><Number>1</Number></ComicInfo>", b"<Title>T</Title><Number>1</Number>"),
        (b"<ComicInfo><Title/></ComicInfo>", b"<Title>T</Title>"),
        (b"<ComicInfo><Title\n/></ComicInfo>", b"<Title>T</Title>"),
        (b"<ComicInfo><Title a='>'>x</Title></ComicInfo>", b"<Title a='>'>T</Title>"),
        (b"<ComicInfo><Title>a</Title><Title>b</Title></ComicInfo>", b"<Title>T</Title>"),
        (
            b"<ComicInfo>\n\t<Number>1</Number>\n\t<Year>1</Year>\n</ComicInfo>",
            b"\n\t<Title>T</Title>\n\t<Number>1</Number>\n\t<Year>1</Year>\n",
        ),
    ],
)
def test_a_text_is_set_wherever_it_stands(existing: bytes, inside: bytes) -> None:
    made = merge(existing, {"Title": "T"})

    assert re.fullmatch(rb".*?<ComicInfo ?>(.*)</ComicInfo>\s*", made, re.DOTALL)[1] == inside  # type: ignore[index] # it matches, or the test fails


@pytest.mark.parametrize("existing", [None, b"", b" \n"])
def test_no_document_and_an_empty_one_are_the_same(existing: bytes | None) -> None:
    assert read(existing or b"") == {}
    assert merge(existing, {"Title": "T"}) == merge(None, {"Title": "T"})


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"Series": "Iron Harbor"},
        {"Series": "  Iron Harbor\x00 "},
        {"Title": ""},
        {"Count": ""},
        {"Writer": "Ann Lee", "Summary": "\x01"},
    ],
)
def test_what_the_document_says_already_changes_nothing(wanted: Mapping[str, str]) -> None:
    assert merge(RICH, wanted) is RICH


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\x00b\x08c\x7f", "abc\x7f"),
        ("\ud83dlone\udc00", "lone"),
        ("\ufffe\uffff\U0001f30a", "\U0001f30a"),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree"),
        (" \t padded\u00a0 ", "padded"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_a_text_loses_what_xml_cannot_hold(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned
    assert read(merge(None, {"Summary": raw})) == ({"Summary": cleaned} if cleaned else {})


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"],
)
def test_a_document_in_another_encoding_is_read_and_becomes_utf8(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    text = (
        f'<?xml version="1.0" encoding="{declared}"?>\n<ComicInfo><Title>Café</Title></ComicInfo>'
    )
    document = text.encode(encoding)

    made = merge(document, {"Number": "½"})

    assert read(document) == {"Title": "Café"}
    assert made.startswith(DECLARATION)
    assert ElementTree.fromstring(made).findtext("Title") == "Café"
    assert read(made) == {"Title": "Café", "Number": "½"}


def test_utf8_that_says_it_is_utf16_is_read_as_what_it_is() -> None:
    document = '<?xml version="1.0" encoding="utf-16"?><ComicInfo><Title>Ü</Title></ComicInfo>'

    assert read(document.encode()) == {"Title": "Ü"}


def test_japanese_in_an_old_encoding_is_read() -> None:
    document = '<?xml version="1.0" encoding="Shift_JIS"?><ComicInfo><Title>海</Title></ComicInfo>'

    assert read(document.encode("shift_jis")) == {"Title": "海"}


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><ComicInfo><Title>&b;</Title></ComicInfo>'
)
FOREIGN = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ComicInfo>&a;</ComicInfo>'


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (BOMB, "DTD"),
        (FOREIGN, "DTD"),
        (b'<!DOCTYPE ComicInfo SYSTEM "http://127.0.0.1/x.dtd"><ComicInfo/>', "DTD"),
        (b"<ComicInfo>&nothing;</ComicInfo>", "not well-formed"),
        (b"<ComicInfo><Title>x</ComicInfo>", "not well-formed"),
        (b"<ComicInfo/><ComicInfo/>", "not well-formed"),
        (b"<ComicInfo><x:Own/></ComicInfo>" + b"trailing", "not well-formed"),
        (b"not xml", "not well-formed"),
        (b"<html/>", "not a <ComicInfo>"),
        (b"<ComicInfo>\xff</ComicInfo>", "not in utf-8"),
        (b'<?xml version="1.0" encoding="punycode"?><ComicInfo/>', "'punycode'"),
        (b'<?xml version="1.0" encoding="hex"?><ComicInfo/>', "'hex'"),
        (b"<ComicInfo>" + b" " * LIMIT + b"</ComicInfo>", "larger than 1 MiB"),
    ],
    ids=named,
)
def test_a_document_that_is_dangerous_or_broken_is_refused(document: bytes, message: str) -> None:
    with pytest.raises(Permanent, match=message):
        read(document)
    with pytest.raises(Permanent, match=message):
        merge(document, {"Title": "T"})


def test_a_prefix_without_a_namespace_is_kept() -> None:
    document = b"<ComicInfo><x:Own>1</x:Own></ComicInfo>"

    assert b"<x:Own>1</x:Own>" in merge(document, {"Title": "T"})


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("title", "x"),
        ("Own", "x"),
        ("AgeRating", "15"),
        ("Manga", "yes"),
        ("BlackAndWhite", "YesAndRightToLeft"),
        ("Count", "three"),
        ("Year", "2014.5"),
        ("Year", "²"),
        ("Volume", "99999999999"),
        ("CommunityRating", "5.5"),
        ("CommunityRating", "4.25"),
    ],
)
def test_what_the_schema_does_not_allow_is_refused(element: str, text: str) -> None:
    named = text if element in ELEMENTS else element

    with pytest.raises(Permanent, match=re.escape(repr(named))):
        merge(None, {element: text})


def test_the_list_of_pages_cannot_be_set_with_a_text() -> None:
    with pytest.raises(Permanent, match="'Pages'"):
        merge(None, {"Pages": "x"})


def test_a_summary_beyond_all_measure_is_refused() -> None:
    with pytest.raises(Permanent, match="larger than 1 MiB"):
        merge(None, {"Summary": "x" * LIMIT})


def test_many_comments_and_deep_nests_cost_no_time() -> None:
    document = b"<ComicInfo><Title>" + b"a<!---->" * 100_000 + b"</Title></ComicInfo>"
    nested = b"<ComicInfo>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</ComicInfo>"

    assert read(document) == {"Title": "a" * 100_000}
    assert read(merge(nested, {"Title": "T"})) == {"Title": "T"}


SETTABLE = sorted(set(ELEMENTS) - NESTED - INTEGERS - set(WORDS) - {"CommunityRating"})
TEXTS = st.text(st.characters(), max_size=12)
WANTED = st.dictionaries(st.sampled_from(SETTABLE), TEXTS, max_size=6)
UNKNOWN = st.sampled_from(
    [
        "<Own>kept</Own>",
        "<own:Own a='1' b=\"&gt;\"/>",
        "<Own><Title>inside</Title></Own>",
        "<!-- <Title>commented</Title> -->",
        "<Own><![CDATA[<Title>]]></Own>",
        "<?program says?>",
        "<Pages><Page Image='0'/></Pages>",
    ]
)
KNOWN = st.builds(
    lambda name, text: f"<{name}>{text}</{name}>",
    st.sampled_from(SETTABLE),
    st.sampled_from(["", " ", "old", "&amp;", "<![CDATA[<old>]]>", "o<!-- c -->ld"]),
)
GAPS = st.sampled_from(["", " ", "\n", "\n  ", "\r\n\t"])
DOCUMENTS = st.builds(
    lambda parts, gap, end: (
        f"<ComicInfo a='>'>{''.join(gap + part for part in parts)}{end}</ComicInfo>".encode()
    ),
    st.lists(st.one_of(UNKNOWN, KNOWN), max_size=8),
    GAPS,
    GAPS,
)


@given(DOCUMENTS, WANTED)
def test_a_merge_says_what_is_wanted_and_is_done_after_one_time(
    document: bytes, wanted: dict[str, str]
) -> None:
    made = merge(document, wanted)

    said = {**read(document), **{name: clean(text) for name, text in wanted.items()}}
    assert read(made) == {name: text for name, text in said.items() if text}
    assert merge(made, wanted) is made
    assert merge(document, wanted) == made


@given(DOCUMENTS, WANTED)
def test_a_merge_keeps_everything_that_is_not_wanted(
    document: bytes, wanted: dict[str, str]
) -> None:
    made = merge(document, wanted)

    assert _others(made, wanted) == _others(document, wanted)
    assert made.count(b"<!--") - document.count(b"<!--") <= 0


def _others(document: bytes, wanted: Mapping[str, str]) -> list[bytes]:
    """What stands under the root besides the wanted elements, comments and programs' words too."""
    builder = ElementTree.TreeBuilder(insert_comments=True, insert_pis=True)
    parser = ElementTree.XMLParser(target=builder)
    root = ElementTree.fromstring(document.replace(b"own:Own", b"OwnOwn"), parser)
    for child in root:
        child.tail = None
    return [ElementTree.tostring(child) for child in root if child.tag not in wanted]
